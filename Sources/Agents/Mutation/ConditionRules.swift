/// Edits of conditions and calls: what takes more than one token to see.
enum ConditionRules {
  static func apply(_ site: inout MutationSite, at index: Int) {
    switch site.text(index) {
    case "!" where index + 1 < site.tokens.count && !site.tokens[index].spaceAfter: dropNegation(&site, index)
    case "not" where site.language.isPython && site.text(index + 1) != "in": dropNegation(&site, index)
    case "if", "while", "elif": negate(&site, index)
    case "&&", "||", "and", "or", "return": insertNegation(&site, index)
    case "(": swapArguments(&site, index)
    default: break
    }
  }

  private static func dropNegation(_ site: inout MutationSite, _ index: Int) {
    let isPrefix = index == 0 || !site.tokens[index - 1].endsOperand
    guard isPrefix, index + 1 < site.tokens.count, site.tokens[index + 1].line == site.tokens[index].line else {
      return
    }
    site.replace(.negation, index...(index + 1), by: site.text(index + 1))
  }

  /// `if (c)` becomes `if (!(c))`.
  private static func negate(_ site: inout MutationSite, _ index: Int) {
    var end = index + 1
    let body: ClosedRange<Int>
    if !site.language.isPython, !site.language.hasBareConditions {
      guard site.text(index + 1) == "(", let close = site.closing(index + 1), close > index + 2 else { return }
      body = (index + 2)...(close - 1)
    } else {
      var depth = 0
      let stop = site.language.isPython ? ":" : "{"
      while end < site.tokens.count, depth > 0 || site.text(end) != stop {
        if ["(", "[", "{"].contains(site.text(end)) { depth += 1 }
        if [")", "]", "}"].contains(site.text(end)) { depth -= 1 }
        end += 1
      }
      guard end > index + 1, end < site.tokens.count else { return }
      body = (index + 1)...(end - 1)
    }
    let tokens = site.tokens[body]
    // A binding, or a list of conditions, can't be turned round as a whole.
    let isPlain = !tokens.contains { ["let", "var", "case", ";", ":=", "="].contains($0.text) }
    let bare = site.language.hasBareConditions && site.tokens[body].contains { $0.text == "," }
    guard isPlain, !bare, site.tokens[body.lowerBound].line == site.tokens[body.upperBound].line else { return }
    let text = site.source(
      site.tokens[body.lowerBound].range.lowerBound..<site.tokens[body.upperBound].range.upperBound)
    site.replace(.negation, body, by: site.language.isPython ? "not (\(text))" : "!(\(text))")
  }

  /// `a && b` becomes `a && !b`, where `b` is a name or a call.
  private static func insertNegation(_ site: inout MutationSite, _ index: Int) {
    let start = index + 1
    guard start < site.tokens.count, site.tokens[start].isName, site.tokens[start].line == site.tokens[index].line
    else { return }
    var end = start + 1
    while end < site.tokens.count, ["(", "[", ".", "->"].contains(site.text(end)) {
      if site.text(end) == "(" || site.text(end) == "[" {
        guard let close = site.closing(end) else { return }
        end = close + 1
      } else {
        end += 2
      }
    }
    guard end < site.tokens.count else { return }
    let isWhole =
      ["&&", "||", ")", ";", "and", "or", ":", "{", "}"].contains(site.text(end))
      || site.tokens[end].line > site.tokens[start].line
    if isWhole { site.replace(.negation, start, by: (site.language.isPython ? "not " : "!") + site.text(start)) }
  }

  /// `f(a, b)` becomes `f(b, a)`, for neighbours that stand in one line.
  private static func swapArguments(_ site: inout MutationSite, _ open: Int) {
    guard open > 0, site.tokens[open - 1].kind == .word, !Words.control.contains(site.text(open - 1)),
      !Words.types.contains(site.text(open - 1)), let close = site.closing(open), close > open + 2
    else { return }
    // A definition has a word before its name (a type, `func`), or a body after it.
    if open > 1, site.tokens[open - 2].kind == .word, !Words.operators.contains(site.text(open - 2)) { return }
    if ["{", "->"].contains(site.text(close + 1)), !site.language.hasBareConditions { return }
    var depth = 0
    var starts = [open + 1]
    for index in (open + 1)..<close {
      switch site.text(index) {
      case "(", "[", "{": depth += 1
      case ")", "]", "}": depth -= 1
      case "," where depth == 0: starts.append(index + 1)
      default: break
      }
    }
    starts.append(close + 1)
    guard starts.count > 2 else { return }
    for pair in 0..<(starts.count - 2) {
      let (first, comma, second, last) = (starts[pair], starts[pair + 1] - 1, starts[pair + 1], starts[pair + 2] - 2)
      guard first < comma, second <= last, site.tokens[first].line == site.tokens[last].line else { continue }
      // Labels (`from: a, to: b`, `key=a`) belong to their arguments and go along, which would change nothing.
      if site.text(first + 1) == ":" || site.text(first + 1) == "=" { continue }
      let left = site.source(site.tokens[first].range.lowerBound..<site.tokens[comma - 1].range.upperBound)
      let right = site.source(site.tokens[second].range.lowerBound..<site.tokens[last].range.upperBound)
      let between = site.source(site.tokens[comma - 1].range.upperBound..<site.tokens[second].range.lowerBound)
      if left != right { site.replace(.arguments, first...last, by: right + between + left) }
    }
  }
}
