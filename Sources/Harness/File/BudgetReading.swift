internal import Sandbox
internal import StrictYAML

extension Budget {
  private static let later = ["gpus"]

  /// Reads a `budget:` mapping, with the keys of a policy's; `extra` names keys that the caller reads itself.
  init(reading value: YAMLValue, extra: [String] = []) throws(YAMLError) {
    let mapping = try value.mapping()
    for key in Self.later { if let reserved = mapping[key] { throw reserved.error("not in this version") } }
    try mapping.only(Self.keys + extra)
    self.init()
    wall = try mapping["wall"].read(YAMLValue.duration)
    cpu = try mapping["cpu"].read(YAMLValue.duration)
    grace = try mapping["grace"].read(YAMLValue.duration)
    memory = try mapping["memory"].read(YAMLValue.positiveByteCount)
    disk = try mapping["disk"].read(YAMLValue.byteCount)
    output = try mapping["output"].read(YAMLValue.byteCount)
    if let value = mapping["processes"] { processes = try value.integer(in: 1...1_000_000) }
    fileSize = try mapping["file_size"].read(YAMLValue.byteCount)
    if let value = mapping["cores"] { cores = try value.integer(in: 1...1024) }
    if let value = mapping["open_files"] { openFiles = try value.integer(in: 8...1_000_000) }
  }
}

extension YAMLValue {
  func positiveByteCount() throws(YAMLError) -> Int {
    let bytes = try byteCount()
    guard bytes > 0 else { throw expected("a size of more than nothing") }
    return bytes
  }

  /// An amount of money in US dollars, such as `0.50 USD`.
  func dollars() throws(YAMLError) -> Double {
    let wanted = expected("an amount in US dollars, such as '0.50 USD'")
    let text = try string()
    guard text.hasSuffix("USD") else { throw wanted }
    var number = text.dropLast(3)
    while number.last == " " { number.removeLast() }
    guard let amount = Units.number(String(number)), amount > 0 else { throw wanted }
    return amount
  }
}

extension YAMLValue? {
  /// Reads the value where it is written; nil where the key is missing.
  func read<T>(_ reader: (YAMLValue) -> () throws(YAMLError) -> T) throws(YAMLError) -> T? {
    guard let self else { return nil }
    return try reader(self)()
  }
}
