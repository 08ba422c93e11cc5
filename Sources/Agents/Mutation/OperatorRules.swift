/// Edits of operators and of constants: what one token says by itself.
enum OperatorRules {
  static func apply(_ site: inout MutationSite, at index: Int) {
    let token = site.tokens[index]
    switch token.kind {
    case .number: constant(&site, index)
    case .word: word(&site, index)
    case .mark: mark(&site, index)
    case .text: break
    }
  }

  private static func word(_ site: inout MutationSite, _ index: Int) {
    switch site.text(index) {
    case "true": site.replace(.constant, index, by: "false")
    case "false": site.replace(.constant, index, by: "true")
    case "True": site.replace(.constant, index, by: "False")
    case "False": site.replace(.constant, index, by: "True")
    case "and" where site.language.isPython: site.replace(.logic, index, by: "or")
    case "or" where site.language.isPython: site.replace(.logic, index, by: "and")
    case "break" where site.text(index + 1) != "'": site.replace(.jump, index, by: "continue")
    case "continue": site.replace(.jump, index, by: "break")
    default: break
    }
  }

  private static func mark(_ site: inout MutationSite, _ index: Int) {
    let token = site.tokens[index]
    guard index > 0 else { return }
    let isBinary = site.tokens[index - 1].endsOperand
    // `char *p` and `a * b` differ, for who has no symbol table, in their spaces.
    let isSymmetric = token.spaceBefore == token.spaceAfter
    switch token.text {
    case "<", ">", "<=", ">=", "==", "!=", "===", "!==":
      if isBinary, !site.language.hasGenerics || token.spaceBefore && token.spaceAfter { comparison(&site, index) }
    case "+", "-":
      if isBinary { site.replace(.arithmetic, index, by: token.text == "+" ? "-" : "+") }
      if isBinary, token.text == "+" { site.replace(.rarer, index, by: "*") }
    case "*", "/", "%", "//", "&", "|", "^", "<<", ">>", ">>>":
      if isBinary, isSymmetric {
        for other in binary[token.text, default: []] { site.replace(other.0, index, by: other.1) }
      }
    case "&&": site.replace(.logic, index, by: "||")
    case "||": if isBinary { site.replace(.logic, index, by: "&&") }
    case "++": site.replace(.step, index, by: "--")
    case "--": site.replace(.step, index, by: "++")
    case "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>=":
      for other in compound[token.text, default: []] { site.replace(.assignment, index, by: other) }
    case "=": assignment(&site, index)
    default: break
    }
  }

  private static let binary: [String: [(MutationKind, String)]] = [
    "*": [(.arithmetic, "/"), (.rarer, "+")], "/": [(.arithmetic, "*"), (.rarer, "%")],
    "%": [(.arithmetic, "/"), (.rarer, "*")], "//": [(.arithmetic, "*"), (.rarer, "%")],
    "&": [(.bits, "|"), (.bits, "^"), (.rarer, "&&")], "|": [(.bits, "&"), (.bits, "^"), (.rarer, "||")],
    "^": [(.bits, "&"), (.bits, "|")], "<<": [(.bits, ">>")], ">>": [(.bits, "<<")],
    ">>>": [(.bits, ">>"), (.bits, "<<")],
  ]

  private static let compound: [String: [String]] = [
    "+=": ["-=", "="], "-=": ["+=", "="], "*=": ["/=", "="], "/=": ["*=", "="], "%=": ["/=", "="],
    "&=": ["|=", "="], "|=": ["&=", "^=", "="], "^=": ["|=", "&="], "<<=": [">>=", "="], ">>=": ["<<=", "="],
  ]

  private static func comparison(_ site: inout MutationSite, _ index: Int) {
    let text = site.text(index)
    let likely: [(MutationKind, String)] =
      switch text {
      case "<": [(.boundary, "<="), (.direction, ">"), (.rarer, "!=")]
      case "<=": [(.boundary, "<"), (.direction, ">="), (.rarer, "==")]
      case ">": [(.boundary, ">="), (.direction, "<"), (.rarer, "!=")]
      case ">=": [(.boundary, ">"), (.direction, "<="), (.rarer, "==")]
      case "==": [(.equality, "!="), (.rarer, "<="), (.rarer, ">=")]
      case "!=": [(.equality, "=="), (.rarer, "<"), (.rarer, ">")]
      case "===": [(.equality, "!==")]
      default: [(.equality, "===")]
      }
    for (kind, other) in likely { site.replace(kind, index, by: other) }
  }

  /// `x = y` becomes `x += y`, where `x` isn't being declared.
  private static func assignment(_ site: inout MutationSite, _ index: Int) {
    var start = index - 1
    // To the beginning of the statement; a declaration has two words in a row there, or a type's mark.
    while start >= 0,
      ![";", "{", "}", ")", ":"].contains(site.text(start)) || site.text(start) == ":" && !site.language.isPython
    {
      if site.language.isPython, site.tokens[start].line != site.tokens[index].line { break }
      guard site.text(start) != "(", site.text(start) != "," else { return }
      start -= 1
    }
    guard start + 1 < index, site.tokens[start + 1].isName,
      !site.tokens[(start + 1)..<index].contains(where: { $0.text == ":" })
    else { return }
    for at in (start + 1)..<index
    where site.tokens[at].kind == .word && at + 1 < index && site.tokens[at + 1].kind == .word {
      return
    }
    let isPointerDeclaration = site.text(start + 2) == "*" && site.tokens[start + 1].kind == .word
    if !isPointerDeclaration { site.replace(.assignment, index, by: "+=") }
  }

  /// A whole number, one more and one less, in its own base and with its suffix.
  private static func constant(_ site: inout MutationSite, _ index: Int) {
    let text = site.text(index)
    let isHexadecimal = text.hasPrefix("0x") || text.hasPrefix("0X")
    let body = isHexadecimal ? text.dropFirst(2) : text[...]
    let digits = body.prefix { isHexadecimal ? $0.isHexDigit : $0.isNumber }
    let suffix = body[digits.endIndex...]
    guard !digits.isEmpty, suffix.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "_" }),
      !suffix.lowercased().hasPrefix("e"), let value = Int(digits, radix: isHexadecimal ? 16 : 10), value < Int.max
    else { return }
    if !isHexadecimal, digits.count > 1, digits.first == "0" { return }  // octal
    func written(_ value: Int) -> String {
      guard isHexadecimal else { return "\(value)\(suffix)" }
      let text = String(value, radix: 16, uppercase: digits.contains(where: \.isUppercase))
      let padding = String(repeating: "0", count: max(0, digits.count - text.count))
      return "\(text.isEmpty ? "" : String(site.text(index).prefix(2)))\(padding)\(text)\(suffix)"
    }
    // An entry of a table: `{31, 28, 31}`.
    let isEntry = ["{", ","].contains(site.text(index - 1)) && ["}", ","].contains(site.text(index + 1))
    // Large numbers are seldom wrong by one; small ones are counts and offsets.
    let kind = isEntry && isInBraces(site, index) || value > 16 ? MutationKind.rarer : .constant
    if value > 0 { site.replace(kind, index, by: written(value - 1)) }
    site.replace(kind, index, by: written(value + 1))
  }

  private static func isInBraces(_ site: MutationSite, _ index: Int) -> Bool {
    var before = index - 1
    while before >= 0, site.text(before) == "," || site.tokens[before].kind == .number { before -= 1 }
    return before >= 0 && site.text(before) == "{"
  }
}
