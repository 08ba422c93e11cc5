/// The ways in which a value is written in what programs print.
enum ValueForms {
  /// Pieces of base64 are looked for too, because programs break its lines.
  private static let piece = 20

  /// None is shorter than `SecretStriker.shortestValue`, and none comes twice.
  static func forms(of value: String) -> Set<[UInt8]> {
    var forms: Set<[UInt8]> = []
    var texts = [value]
    // A file's value ends with its line; a value of many lines is printed line by line.
    let lines = value.split(whereSeparator: \.isNewline).map(String.init)
    if lines.count == 1 { texts += lines }
    if lines.count > 1 { texts += lines.filter { $0.utf8.count >= 16 && !$0.hasPrefix("-----") } }
    for text in texts where text.utf8.count >= SecretStriker.shortestValue {
      let bytes = Array(text.utf8)
      forms.insert(bytes)
      for isASCII in [false, true] {
        for escapesSlash in [false, true] {
          let escaped = jsonEscaped(text, isASCII: isASCII, escapesSlash: escapesSlash)
          forms.insert(Array(escaped.utf8))
          // JSON within JSON, as an agent's own stream has a tool's input.
          forms.insert(Array(jsonEscaped(escaped, isASCII: isASCII, escapesSlash: escapesSlash).utf8))
        }
      }
      for keepsMarks in [false, true] {
        for digits in ["0123456789ABCDEF", "0123456789abcdef"] {
          for space in ["%20", "+"] {
            forms.insert(urlEncoded(bytes, Array(digits.utf8), space: Array(space.utf8), keepsMarks: keepsMarks))
          }
        }
      }
      for digits in ["0123456789ABCDEF", "0123456789abcdef"] {
        let digits = Array(digits.utf8)
        forms.insert(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
      }
      for alphabet in ["+/", "-_"] {
        for offset in 0..<3 {
          let core = base64(bytes, offset: offset, Array(alphabet.utf8))
          let length = min(core.count, piece)
          for start in 0...(core.count - length) { forms.insert(Array(core[start..<start + length])) }
        }
      }
    }
    return forms
  }

  /// - Parameter isASCII: Whether all else is escaped, as Python's `json` does it; some writers escape slashes.
  private static func jsonEscaped(_ text: String, isASCII: Bool, escapesSlash: Bool) -> String {
    var out = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": out += "\\\""
      case "\\": out += "\\\\"
      case "/" where escapesSlash: out += "\\/"
      case "\n": out += "\\n"
      case "\r": out += "\\r"
      case "\t": out += "\\t"
      case _ where scalar.value < 32 || isASCII && scalar.value > 126:
        for unit in String(scalar).utf16 {
          let digits = String(unit, radix: 16)
          out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out
  }

  /// - Parameter keepsMarks: As JavaScript's `encodeURI`, which leaves alone what separates the parts of a URL.
  private static func urlEncoded(
    _ bytes: [UInt8], _ digits: [UInt8], space: [UInt8], keepsMarks: Bool
  ) -> [UInt8] {
    let kept = Array((keepsMarks ? "-._~!*'();:@&=+$,/?#" : "-._~").utf8)
    var out: [UInt8] = []
    for byte in bytes {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "a")...UInt8(ascii: "z"):
        out.append(byte)
      case UInt8(ascii: " "): out += space
      case _ where kept.contains(byte): out.append(byte)
      default: out += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return out
  }

  /// What base64 of any text holds that has these bytes at some place: its digits that depend on them alone.
  ///
  /// - Parameter offset: How many bytes stand before them, modulo 3.
  private static func base64(_ bytes: [UInt8], offset: Int, _ marks: [UInt8]) -> [UInt8] {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8) + marks
    let padded = [UInt8](repeating: 0, count: offset) + bytes
    // A digit is six bits.
    let first = (offset * 8 + 5) / 6
    let end = padded.count * 8 / 6
    guard first < end else { return [] }
    return (first..<end).map { digit in
      let bit = digit * 6
      let pair = Int(padded[bit / 8]) << 8 | (bit / 8 + 1 < padded.count ? Int(padded[bit / 8 + 1]) : 0)
      return alphabet[pair >> (10 - bit % 8) & 63]
    }
  }
}
