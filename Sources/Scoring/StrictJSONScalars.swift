// Strings and numbers: the two JSON tokens with a grammar of their own.

extension StrictJSONReader {
  /// Reads a string; the next byte is its opening quote.
  mutating func string() throws(StrictJSONError) -> String {
    let start = position
    position += 1
    var text: [UInt8] = []
    while let next = byte {
      switch next {
      case UInt8(ascii: "\""):
        position += 1
        return String(decoding: text, as: UTF8.self)
      case UInt8(ascii: "\\"):
        text.append(contentsOf: try escape())
      case 0..<0x20:
        throw unexpected("an escape instead of a control character")
      default:
        text.append(next)
        position += 1
      }
    }
    throw StrictJSONError(.syntax, at: start, "the string that begins here has no end")
  }

  private mutating func escape() throws(StrictJSONError) -> [UInt8] {
    position += 1
    let escaped: UInt8
    switch byte {
    case UInt8(ascii: "n"): escaped = 0x0A
    case UInt8(ascii: "t"): escaped = 0x09
    case UInt8(ascii: "r"): escaped = 0x0D
    case UInt8(ascii: "b"): escaped = 0x08
    case UInt8(ascii: "f"): escaped = 0x0C
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): escaped = bytes[position]
    case UInt8(ascii: "u"): return Array(String(try unicodeEscape()).utf8)
    default: throw unexpected("one of \" \\ / b f n r t u after a backslash")
    }
    position += 1
    return [escaped]
  }

  private mutating func unicodeEscape() throws(StrictJSONError) -> Character {
    let start = position - 1
    var code = try hexadecimal()
    if (0xD800..<0xDC00).contains(code), byte == UInt8(ascii: "\\"), position + 1 < bytes.count,
      bytes[position + 1] == UInt8(ascii: "u")
    {
      position += 1
      let low = try hexadecimal()
      if (0xDC00..<0xE000).contains(low) { code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00) }
    }
    guard let scalar = Unicode.Scalar(code) else {
      throw StrictJSONError(.syntax, at: start, "half of a surrogate pair")
    }
    return Character(scalar)
  }

  /// Reads `uXXXX`; the next byte is the `u`.
  private mutating func hexadecimal() throws(StrictJSONError) -> UInt32 {
    position += 1
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard let next = byte, let digit = Character(Unicode.Scalar(next)).hexDigitValue else {
        throw unexpected("four hexadecimal digits")
      }
      code = code << 4 | UInt32(digit)
      position += 1
    }
    return code
  }

  /// Reads a number; the next byte is a digit or a minus.
  mutating func number() throws(StrictJSONError) -> Double {
    let start = position
    if byte == UInt8(ascii: "-") { position += 1 }
    if byte == UInt8(ascii: "I") || byte == UInt8(ascii: "i") {
      throw StrictJSONError(.notFinite, at: start, "an infinity is not a number that counts: expected a finite one")
    }
    let leading = byte
    let whole = try digits()
    if leading == UInt8(ascii: "0"), whole > 1 {
      throw StrictJSONError(.syntax, at: start, "a number must not begin with a zero")
    }
    if byte == UInt8(ascii: ".") {
      position += 1
      _ = try digits()
    }
    if byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E") {
      position += 1
      if byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") { position += 1 }
      _ = try digits()
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    guard let value = Double(text), value.isFinite else {
      throw StrictJSONError(.notFinite, at: start, "\(text.prefix(40)) is too large for a double")
    }
    return value == 0 ? 0 : value
  }

  private mutating func digits() throws(StrictJSONError) -> Int {
    let start = position
    while let next = byte, next >= UInt8(ascii: "0"), next <= UInt8(ascii: "9") { position += 1 }
    if position == start { throw unexpected("a digit") }
    return position - start
  }
}
