/// Edits of names: another variable, or another member, of the same function.
enum NameRules {
  /// At most so many others for one place, the nearest ones: a mix-up is with something close by.
  static let mostOthers = 4

  static func apply(_ site: inout MutationSite) {
    for function in FunctionScopes.of(site) {
      swap(&site, in: function, members: false)
      swap(&site, in: function, members: true)
    }
  }

  private static func swap(_ site: inout MutationSite, in function: Range<Int>, members: Bool) {
    let places = function.filter { isMember(site, $0) == members && isVariable(site, $0) }
    // A name that a word follows somewhere is a type there: `size_t n`.
    let types = Set(function.filter { isType(site, $0) }.map(site.text))
    let values = places.filter { !types.contains(site.text($0)) }
    let names = values.map(site.text)
    let profile = NameProfile(site, values)
    for (order, place) in values.enumerated() where !isDeclared(site, place) {
      let alike = nearest(to: order, in: names).filter { profile.couldBe(names[order], $0) }
      for other in alike.prefix(mostOthers) { site.replace(members ? .member : .name, place, by: other) }
    }
  }

  /// The names nearest to one of them that differ from it, each once.
  private static func nearest(to order: Int, in names: [String]) -> [String] {
    var others: [String] = []
    var distance = 1
    while distance < names.count {
      for other in [order - distance, order + distance] where names.indices.contains(other) {
        if names[other] != names[order], !others.contains(names[other]) { others.append(names[other]) }
      }
      distance += 1
    }
    return others
  }

  private static func isMember(_ site: MutationSite, _ index: Int) -> Bool {
    index > 0 && [".", "->", "?."].contains(site.text(index - 1))
  }

  private static func isVariable(_ site: MutationSite, _ index: Int) -> Bool {
    guard site.tokens[index].isName else { return false }
    let next = site.text(index + 1)
    // Calls, labels, namespaces, lambdas' arrows and quoted prefixes aren't variables.
    if next == "(" || next == "::" || next == "=>" || index > 0 && site.text(index - 1) == "::" { return false }
    // Before a colon stand labels, keys and types' names, unless it is the other half of a question.
    if next == ":", !site.language.isPython { return index > 0 && site.text(index - 1) == "?" }
    return true
  }

  private static func isType(_ site: MutationSite, _ index: Int) -> Bool {
    guard site.tokens[index].isName, index + 1 < site.tokens.count else { return false }
    let next = site.tokens[index + 1]
    if next.kind == .word { return next.isName && next.line == site.tokens[index].line }
    // `node *next`, `char const* p`: an asterisk that leans to one side.
    let leans = (next.text == "*" || next.text == "&") && next.spaceBefore != next.spaceAfter
    return leans || (next.text == "*" && site.text(index + 2) == ")")
  }

  /// Whether the name is being introduced here, where another would only break the build.
  private static func isDeclared(_ site: MutationSite, _ index: Int) -> Bool {
    guard index > 0 else { return true }
    var before = index - 1
    while before > 0, site.text(before) == "*" || site.text(before) == "&" {
      if site.tokens[before].spaceBefore == site.tokens[before].spaceAfter { return false }
      before -= 1
    }
    let token = site.tokens[before]
    guard token.kind == .word, token.line == site.tokens[index].line else { return false }
    return Words.types.contains(token.text) || token.isName || before == index - 1 && token.text == "for"
  }
}

/// Finds functions without a grammar: a brace after a parenthesis, or an indented block after `def`.
enum FunctionScopes {
  /// The tokens of each outermost function, with its head, so that its parameters belong to it.
  static func of(_ site: MutationSite) -> [Range<Int>] { site.language.isPython ? python(site) : braces(site) }

  private static func braces(_ site: MutationSite) -> [Range<Int>] {
    var functions: [Range<Int>] = []
    var head = 0
    var index = 0
    while index < site.tokens.count {
      switch site.text(index) {
      case ";", "}": head = index + 1
      case "{":
        if isFunction(site, head..<index), let close = site.closing(index) {
          functions.append(head..<(close + 1))
          index = close
        }
        head = index + 1
      default: break
      }
      index += 1
    }
    return functions
  }

  private static func isFunction(_ site: MutationSite, _ head: Range<Int>) -> Bool {
    guard let open = head.first(where: { site.text($0) == "(" }), open > head.lowerBound else { return false }
    return ["class", "struct", "enum", "impl", "trait", "interface", "extension", "namespace"].allSatisfy { word in
      !site.tokens[head.lowerBound..<open].contains { $0.text == word && $0.kind == .word } || word == "struct"
    }
  }

  private static func python(_ site: MutationSite) -> [Range<Int>] {
    var functions: [Range<Int>] = []
    var index = 0
    while index < site.tokens.count {
      let head = site.tokens[index]
      guard head.kind == .word, head.text == "def" else {
        index += 1
        continue
      }
      var end = index + 1
      // Inside parentheses, lines may begin anywhere.
      var depth = 0
      while end < site.tokens.count {
        let token = site.tokens[end]
        if depth == 0, token.line > site.tokens[end - 1].line, token.column <= head.column { break }
        if ["(", "[", "{"].contains(token.text) { depth += 1 }
        if [")", "]", "}"].contains(token.text) { depth -= 1 }
        end += 1
      }
      functions.append(index..<end)
      index = end
    }
    return functions
  }
}
