/// A small text of the kernel's, taken apart piece by piece: on the path of every start, where arrays of pieces and
/// dictionaries would cost more than reading the file (their generic types are looked up at the first use).
struct Fields {
  private let bytes: [UInt8]
  private var at: Int
  private let end: Int

  init(_ bytes: [UInt8]) { self.init(bytes, 0, bytes.count) }

  private init(_ bytes: [UInt8], _ at: Int, _ end: Int) {
    self.bytes = bytes
    self.at = at
    self.end = end
  }

  /// The text up to the next separator, which may be empty; nil at the end.
  mutating func next(_ separator: Unicode.Scalar) -> Fields? {
    guard at < end else { return nil }
    let start = at
    while at < end, bytes[at] != UInt8(ascii: separator) { at += 1 }
    defer { at += 1 }
    return Fields(bytes, start, at)
  }

  /// The next piece between blanks.
  mutating func word() -> Fields? {
    while at < end, bytes[at] == 32 || bytes[at] == 9 { at += 1 }
    return next(" ")
  }

  /// Moves behind the last place of a byte; false where it isn't there.
  mutating func skip(pastLast byte: Unicode.Scalar) -> Bool {
    guard let last = bytes[at..<end].lastIndex(of: UInt8(ascii: byte)) else { return false }
    at = last + 1
    return true
  }

  /// Moves behind the next pieces between blanks.
  mutating func skip(words count: Int) {
    for _ in 0..<count { _ = word() }
  }

  var rest: String { String(decoding: bytes[min(at, end)..<end], as: UTF8.self) }
  var number: Int? { Int(rest) }
}

extension Fields {
  /// A process's /proc/PID/stat from its third field, the state, on (proc(5)): the name before may hold anything. Nil where it
  /// is gone.
  init?(statisticsOf pid: Int32) {
    guard let bytes = readFile("/proc/\(pid)/stat") else { return nil }
    self.init(bytes)
    guard skip(pastLast: ")") else { return nil }
  }
}
