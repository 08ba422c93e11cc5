/// Any bytes as printable ASCII without spaces: `\xNN` for the rest. The form of names in the stored formats.
enum EscapedBytes {
  private static let digits = Array("0123456789abcdef".utf8)

  /// Appends the escaped form.
  static func append(_ bytes: [UInt8], to text: inout [UInt8]) {
    for byte in bytes {
      if byte > 0x20, byte < 0x7F, byte != UInt8(ascii: "\\") {
        text.append(byte)
      } else {
        text += [UInt8(ascii: "\\"), UInt8(ascii: "x"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
  }

  /// Appends two lower-case digits for each byte.
  static func append(hexadecimal bytes: some Sequence<UInt8>, to text: inout [UInt8]) {
    for byte in bytes {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
  }

  /// The escaped form as a text.
  static func text(_ bytes: [UInt8]) -> String {
    var text: [UInt8] = []
    append(bytes, to: &text)
    return String(decoding: text, as: UTF8.self)
  }

  /// The bytes of an escaped form; nil where it is not the one form that ``append(_:to:)`` writes.
  static func bytes(_ text: ArraySlice<UInt8>) -> [UInt8]? {
    var bytes: [UInt8] = []
    var index = text.startIndex
    while index < text.endIndex {
      guard text[index] == UInt8(ascii: "\\") else {
        bytes.append(text[index])
        index += 1
        continue
      }
      guard index + 3 < text.endIndex, text[index + 1] == UInt8(ascii: "x"),
        let high = digits.firstIndex(of: text[index + 2]), let low = digits.firstIndex(of: text[index + 3])
      else { return nil }
      bytes.append(UInt8(high << 4 | low))
      index += 4
    }
    var again: [UInt8] = []
    append(bytes, to: &again)
    return again.elementsEqual(text) ? bytes : nil
  }
}
