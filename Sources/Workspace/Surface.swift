/// What a candidate may change, what it never sees, and what becomes of the rest.
package struct Surface: Hashable, Sendable {
  /// What becomes of new files outside the editable ones.
  package enum Outside: String, Hashable, Sendable {
    /// They make the candidate `rejected`.
    case reject
    /// They are dropped.
    case drop
  }

  private let editable: PatternList
  private let hidden: [Glob]
  /// What no pattern makes editable.
  private let fixed: Set<TreePath>
  package let outside: Outside
  /// The most files that a candidate may change.
  package let maxFiles: Int?
  /// The most bytes that the changed files may have together.
  package let maxBytes: Int?

  /// Reads the patterns.
  ///
  /// - Throws: ``WorkspaceError`` for the first bad pattern.
  package init(
    editable: [String], hidden: [String] = [], outside: Outside = .reject, maxFiles: Int? = nil, maxBytes: Int? = nil,
    fixed: Set<TreePath> = []
  ) throws(WorkspaceError) {
    self.editable = try PatternList(editable)
    self.fixed = fixed
    var globs: [Glob] = []
    for pattern in hidden {
      guard !pattern.hasPrefix("!") else {
        throw WorkspaceError(
          "read the pattern", "\"\(pattern)\"", because: "what is hidden can't be shown again",
          advice: "name the hidden files more exactly")
      }
      globs.append(try Glob(pattern))
    }
    self.hidden = globs
    self.outside = outside
    self.maxFiles = maxFiles
    self.maxBytes = maxBytes
  }

  /// Whether a candidate may write or remove the path. What is hidden, or never part of a tree, is not editable.
  package func isEditable(_ path: TreePath) -> Bool {
    editable.contains(path) && !isHidden(path) && !Exclusion.excludes(path) && !fixed.contains(path)
  }

  /// Whether the path is hidden.
  package func isHidden(_ path: TreePath) -> Bool { hidden.contains { $0.matches(path) } }
}
