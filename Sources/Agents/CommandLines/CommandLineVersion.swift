/// A program's version, such as 2.1.329.
struct CommandLineVersion: Comparable, CustomStringConvertible {
  let parts: [Int]

  init(_ parts: Int...) { self.parts = parts }

  /// The first of `text` that looks like one: of `2.1.330 (Claude Code)` and of `codex-cli 0.163.0`.
  init?(in text: String) {
    for word in text.prefix(1000).split(whereSeparator: \.isWhitespace) {
      let digits = word.drop { $0 == "v" }.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
      let found = digits.split(separator: ".", omittingEmptySubsequences: false).map { Int($0) ?? -1 }
      guard found.count >= 2, !found.contains(-1) else { continue }
      parts = found
      return
    }
    return nil
  }

  var description: String { parts.map(String.init).joined(separator: ".") }

  static func < (left: Self, right: Self) -> Bool { left.parts.lexicographicallyPrecedes(right.parts) }

  /// What is wrong with what `program --version` printed.
  static func objection(to text: String, of program: String, least: Self) -> String? {
    guard let version = Self(in: text) else {
      return "'\(program) --version' printed no version: \(String(text.prefix(100).filter { !$0.isNewline }))"
    }
    guard version < least else { return nil }
    return "\(program) \(version) is too old: its options and output are known from \(least) on; update it"
  }
}
