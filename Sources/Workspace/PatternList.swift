/// Patterns in their order, the last that matches wins; a leading `!` takes out again.
package struct PatternList: Hashable, Sendable {
  private struct Rule: Hashable, Sendable {
    let glob: Glob
    let takesOut: Bool
  }

  private let rules: [Rule]

  /// Reads the patterns.
  ///
  /// - Throws: ``WorkspaceError`` for the first bad one.
  package init(_ patterns: [String]) throws(WorkspaceError) {
    var rules: [Rule] = []
    for pattern in patterns {
      let takesOut = pattern.hasPrefix("!")
      rules.append(Rule(glob: try Glob(takesOut ? String(pattern.dropFirst()) : pattern), takesOut: takesOut))
    }
    self.rules = rules
  }

  /// Whether the path is in.
  package func contains(_ path: TreePath) -> Bool {
    for rule in rules.reversed() {
      if rule.glob.matches(path) { return !rule.takesOut }
    }
    return false
  }
}
