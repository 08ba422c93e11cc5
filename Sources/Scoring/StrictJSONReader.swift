/// The recursive descent behind `StrictJSON.read`; the bytes are known to be valid UTF-8.
struct StrictJSONReader {
  let bytes: [UInt8]
  let depth: Int
  var position = 0

  init(bytes: [UInt8], depth: Int) {
    self.bytes = bytes
    self.depth = depth
  }

  mutating func document() throws(StrictJSONError) -> StrictJSON {
    skipSpace()
    if position == bytes.count {
      throw StrictJSONError(.empty, at: position, "empty: expected a JSON value")
    }
    let value = try value(level: 0)
    skipSpace()
    if position < bytes.count {
      throw StrictJSONError(.trailing, at: position, "expected the end after one value, found \(found)")
    }
    return value
  }

  private mutating func value(level: Int) throws(StrictJSONError) -> StrictJSON {
    let start = position
    switch byte {
    case UInt8(ascii: "{"):
      return StrictJSON(offset: start, value: .object(try members(level: level + 1)))
    case UInt8(ascii: "["):
      return StrictJSON(offset: start, value: .array(try elements(level: level + 1)))
    case UInt8(ascii: "\""):
      return StrictJSON(offset: start, value: .string(try string()))
    case UInt8(ascii: "-")?, (UInt8(ascii: "0")...UInt8(ascii: "9"))?:
      return StrictJSON(offset: start, value: .number(try number()))
    default:
      return StrictJSON(offset: start, value: try literal())
    }
  }

  private mutating func members(level: Int) throws(StrictJSONError) -> [StrictJSON.Member] {
    try enter(level)
    var members: [StrictJSON.Member] = []
    var seen: Set<String> = []
    if take("}") { return members }
    while true {
      let start = position
      guard byte == UInt8(ascii: "\"") else { throw unexpected("a name in quotes") }
      let name = try string()
      guard seen.insert(name).inserted else {
        throw StrictJSONError(.duplicate, at: start, "the name \"\(shortened(name))\" stands twice in one object")
      }
      guard take(":") else { throw unexpected("':'") }
      members.append(.init(name: name, offset: start, value: try value(level: level)))
      if take("}") { return members }
      guard take(",") else { throw unexpected("',' or '}'") }
    }
  }

  private mutating func elements(level: Int) throws(StrictJSONError) -> [StrictJSON] {
    try enter(level)
    var elements: [StrictJSON] = []
    if take("]") { return elements }
    while true {
      elements.append(try value(level: level))
      if take("]") { return elements }
      guard take(",") else { throw unexpected("',' or ']'") }
    }
  }

  private mutating func literal() throws(StrictJSONError) -> StrictJSON.Value {
    let start = position
    while let letter = byte, letter | 0x20 >= UInt8(ascii: "a"), letter | 0x20 <= UInt8(ascii: "z") { position += 1 }
    let word = String(decoding: bytes[start..<position], as: UTF8.self)
    switch word {
    case "true": return .bool(true)
    case "false": return .bool(false)
    case "null": return .null
    case "NaN", "nan", "Infinity", "infinity", "inf", "Inf":
      throw StrictJSONError(.notFinite, at: start, "\(word) is not a number that counts: expected a finite one")
    default:
      position = start
      throw unexpected("a JSON value")
    }
  }

  private mutating func enter(_ level: Int) throws(StrictJSONError) {
    if level > depth {
      throw StrictJSONError(.depth, at: position, "objects and arrays lie more than \(depth) deep")
    }
    position += 1
    skipSpace()
  }

  /// Takes a mark with the space around it.
  private mutating func take(_ mark: Unicode.Scalar) -> Bool {
    skipSpace()
    guard byte == UInt8(ascii: mark) else { return false }
    position += 1
    skipSpace()
    return true
  }

  private mutating func skipSpace() {
    while let next = byte, next == 0x20 || next == 0x0A || next == 0x0D || next == 0x09 { position += 1 }
  }
}

extension StrictJSONReader {
  /// The next byte; nil at the end.
  var byte: UInt8? { position < bytes.count ? bytes[position] : nil }

  func unexpected(_ expected: String) -> StrictJSONError {
    StrictJSONError(.syntax, at: position, "expected \(expected), found \(found)")
  }

  /// The next character, in words for a message.
  var found: String {
    guard position < bytes.count else { return "the end" }
    let text = String(decoding: bytes[position..<min(position + 4, bytes.count)], as: UTF8.self)
    guard let scalar = text.unicodeScalars.first else { return "the end" }
    return scalar.isASCII && scalar.value > 0x20 && scalar.value < 0x7F
      ? "'\(scalar)'" : "U+" + String(scalar.value, radix: 16, uppercase: true)
  }

  private func shortened(_ text: String) -> String { text.count > 40 ? text.prefix(40) + "..." : text }
}
