/// Finds the end of a quoted text: the one thing in which these languages differ for a tokenizer.
struct TextScanner {
  let bytes: [UInt8]
  let at: Int
  let language: SourceLanguage
  /// Whether the token before ends an operand, so that `/` divides.
  let afterOperand: Bool

  private static let quote = UInt8(ascii: "\"")
  private static let apostrophe = UInt8(ascii: "'")
  private static let backslash = UInt8(ascii: "\\")

  /// The index after the text that begins at `at`; nil when none begins there.
  var end: Int? {
    switch bytes[at] {
    case Self.quote: return quoted(from: at)
    case Self.apostrophe:
      if language.hasLongSingleQuotes { return quoted(from: at) }
      if language.hasLifetimes, !isCharacter { return nil }
      return closed(by: [Self.apostrophe], from: at + 1, escapes: true, withinLine: true)
    case UInt8(ascii: "`") where language.hasBackticks:
      return closed(by: [bytes[at]], from: at + 1, escapes: language.hasLongSingleQuotes, withinLine: false)
    case UInt8(ascii: "/") where language.hasRegularExpressions && !afterOperand:
      return closed(by: [bytes[at]], from: at + 1, escapes: true, withinLine: true)
    default: return prefixed
    }
  }

  /// `'a'` or `'\n'`, and not the lifetime `'a`.
  private var isCharacter: Bool {
    guard at + 2 < bytes.count else { return false }
    return bytes[at + 1] == Self.backslash || bytes[at + 1] >= 0x80 || bytes[at + 2] == Self.apostrophe
  }

  private func quoted(from start: Int, escapes: Bool = true) -> Int {
    let mark = bytes[start]
    if language.hasTripleQuotes, start + 2 < bytes.count, bytes[start + 1] == mark, bytes[start + 2] == mark {
      return closed(by: [mark, mark, mark], from: start + 3, escapes: escapes, withinLine: false)
    }
    let isLong = language.hasLifetimes || language.raw == .csharp && !escapes
    return closed(by: [mark], from: start + 1, escapes: escapes, withinLine: !isLong)
  }

  private func closed(by mark: [UInt8], from start: Int, escapes: Bool, withinLine: Bool) -> Int {
    var index = start
    while index < bytes.count {
      if escapes, bytes[index] == Self.backslash {
        index += 2
      } else if bytes[index] == mark[0], bytes[index...].starts(with: mark) {
        return index + mark.count
      } else if withinLine, bytes[index] == UInt8(ascii: "\n") {
        return index
      } else {
        index += 1
      }
    }
    return bytes.count
  }

  /// Texts with letters or signs before the quote.
  private var prefixed: Int? {
    var index = at
    while index < bytes.count, index - at < 4, bytes[index].isWord, !bytes[index].isDigit { index += 1 }
    let prefix = String(decoding: bytes[at..<index], as: UTF8.self)
    guard index < bytes.count else { return nil }
    if language.isPython {
      let known = ["r", "b", "f", "u", "t", "rb", "br", "fr", "rf"].contains(prefix.lowercased())
      // In raw texts a backslash still guards the quote, so escapes are read alike.
      return known && (bytes[index] == Self.quote || bytes[index] == Self.apostrophe) ? quoted(from: index) : nil
    }
    switch language.raw {
    case .none: return nil
    case .rust:
      if prefix == "b" || prefix == "c", bytes[index] == Self.quote { return quoted(from: index) }
      return ["r", "br", "cr"].contains(prefix) ? hashed(from: index) : nil
    case .swift: return prefix.isEmpty && bytes[at] == UInt8(ascii: "#") ? hashed(from: at) : nil
    case .csharp:
      guard let open = bytes[at...].prefix(3).firstIndex(of: Self.quote),
        bytes[at..<open].allSatisfy({ $0 == UInt8(ascii: "@") || $0 == UInt8(ascii: "$") })
      else { return nil }
      return quoted(from: open, escapes: !bytes[at..<open].contains(UInt8(ascii: "@")))
    case .cpp:
      guard prefix.last == "R", bytes[index] == Self.quote,
        let open = bytes[index...].prefix(18).firstIndex(of: UInt8(ascii: "("))
      else { return nil }
      let mark = [UInt8(ascii: ")")] + bytes[(index + 1)..<open] + [Self.quote]
      return closed(by: mark, from: open + 1, escapes: false, withinLine: false)
    }
  }

  /// `#"..."#` with any number of `#`.
  private func hashed(from start: Int) -> Int? {
    var open = start
    while open < bytes.count, bytes[open] == UInt8(ascii: "#") { open += 1 }
    guard open < bytes.count, bytes[open] == Self.quote else { return nil }
    let mark = [Self.quote] + bytes[start..<open]
    return closed(by: mark, from: open + 1, escapes: false, withinLine: false)
  }
}
