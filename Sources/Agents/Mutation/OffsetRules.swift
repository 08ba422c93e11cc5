/// Edits by one: an offset taken away, or put where an index or a bound ends.
enum OffsetRules {
  static func apply(_ site: inout MutationSite, at index: Int) {
    remove(&site, index)
    insert(&site, index)
  }

  /// `n - 1` becomes `n`.
  private static func remove(_ site: inout MutationSite, _ index: Int) {
    guard index > 0, site.text(index) == "+" || site.text(index) == "-", site.text(index + 1) == "1",
      site.tokens[index - 1].endsOperand, site.tokens[index + 1].line == site.tokens[index - 1].line,
      !["*", "/", "%"].contains(site.text(index + 2))
    else { return }
    let operand = site.tokens[index - 1]
    let range = operand.range.upperBound..<site.tokens[index + 1].range.upperBound
    // Not over a comment between the two.
    guard
      site.bytes[range].allSatisfy({ $0.isBlank || $0.isDigit || $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "-") })
    else { return }
    site.replace(.offset, (index - 1)...(index + 1), by: operand.text)
  }

  /// `a[i]` becomes `a[i + 1]`, `i < n` becomes `i < n - 1`, and so with arguments and results.
  private static func insert(_ site: inout MutationSite, _ index: Int) {
    let token = site.tokens[index]
    let endsName = token.isName || token.text == ")" || token.text == "]"
    guard endsName, index > 0, ends(site, index) else { return }
    // What ends an index is an offset's likeliest place, whatever stands before it.
    let endsIndex = site.text(index + 1) == "]" && site.text(index - 1) != "["
    guard let kind = endsIndex ? MutationKind.insertedOffset : kind(site, index) else { return }
    for offset in [" - 1", " + 1"] { site.replace(kind, index, by: token.text + offset) }
  }

  /// Whether an operand that is an index, a bound, an argument or a result ends here.
  private static func ends(_ site: MutationSite, _ index: Int) -> Bool {
    switch site.text(index + 1) {
    case "]", ";", ")", "&&", "||", ",", "and", "or": true
    case ":", "{": site.language.isPython || site.language.hasBareConditions
    default:
      site.language.isPython && index + 1 < site.tokens.count && site.tokens[index + 1].line > site.tokens[index].line
    }
  }

  /// How plausible what stands before the operand makes an offset: in an index or a bound it is; for an argument or a
  /// result it is rarer; elsewhere it isn't.
  private static func kind(_ site: MutationSite, _ index: Int) -> MutationKind? {
    var start = index
    if site.text(index) == ")" || site.text(index) == "]" {
      guard let open = opening(site, index), open > 0, site.tokens[open - 1].isName else { return nil }
      start = open - 1
    }
    while start >= 2, site.text(start - 1) == "." || site.text(start - 1) == "->", site.tokens[start - 2].isName {
      start -= 2
    }
    guard start > 0 else { return nil }
    switch site.text(start - 1) {
    case "<", ">": return !site.language.hasGenerics || site.tokens[start - 1].spaceBefore ? .insertedOffset : nil
    case "[", "<=", ">=", "==", "!=": return .insertedOffset
    case "return", "+", "-": return .rarer
    case "=": return start < 3 || site.tokens[start - 2].isName ? .rarer : nil
    case "(", ",":
      // An argument of a call; a parameter has its type before it and doesn't get here.
      guard let open = enclosing(site, start - 1), open > 0, site.tokens[open - 1].isName else { return nil }
      return open < 2 || site.tokens[open - 2].kind != .word || Words.operators.contains(site.text(open - 2))
        ? .rarer : nil
    default: return nil
    }
  }

  private static func opening(_ site: MutationSite, _ close: Int) -> Int? {
    var depth = 0
    for index in stride(from: close, through: 0, by: -1) {
      switch site.text(index) {
      case ")", "]", "}": depth += 1
      case "(", "[", "{":
        depth -= 1
        if depth == 0 { return index }
      default: break
      }
    }
    return nil
  }

  /// The parenthesis that a place stands in.
  private static func enclosing(_ site: MutationSite, _ place: Int) -> Int? {
    var depth = 0
    for index in stride(from: place, through: 0, by: -1) {
      switch site.text(index) {
      case ")", "]", "}": depth += 1
      case "(":
        if depth == 0 { return index }
        depth -= 1
      case "[", "{":
        if depth == 0 { return nil }
        depth -= 1
      case ";": return nil
      default: break
      }
    }
    return nil
  }
}
