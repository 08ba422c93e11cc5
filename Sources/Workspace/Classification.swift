/// A candidate's changes, sorted by what becomes of them.
package struct Classified: Hashable, Sendable {
  /// The changes of editable files.
  package var accepted = Changes()
  /// New files that are dropped: ignored, never part of a tree, or outside where that drops. In order.
  package var litter: [TreePath] = []
  /// Paths whose change makes the candidate rejected. In order.
  package var violations: [TreePath] = []
  /// What the accepted changes have too much of, as a sentence.
  package var overLimit: String?
}

extension Surface {
  /// Sorts the changes of a candidate.
  ///
  /// - Parameters:
  ///   - changes: What the candidate did to `base`.
  ///   - unread: What else it wrote, where the contents were left unread: none of it is accepted.
  ///   - base: The whole tree that it started from, with what was hidden from it.
  ///   - ignoredByGit: Whether a new path is one that the project's .gitignore leaves out.
  package func classify(
    _ changes: Changes, unread: [TreePath] = [], base: Tree, ignoredByGit: (TreePath) throws -> Bool
  ) rethrows -> Classified {
    var result = Classified()
    for path in unread.isEmpty ? changes.paths : (changes.paths + unread).sorted() {
      let change = changes[path]
      let isNew = base[path] == nil
      if isNew, change == .remove { continue }
      if isNew, Exclusion.excludes(path) {
        result.litter.append(path)
      } else if isHidden(path) {
        result.violations.append(path)
      } else if isNew, try ignoredByGit(path) {
        result.litter.append(path)
      } else if let change, isEditable(path) {
        result.accepted.byPath[path] = change
      } else if isNew, outside == .drop, !shadows(path, base) {
        result.litter.append(path)
      } else {
        result.violations.append(path)
      }
    }
    result.overLimit = overLimit(result.accepted)
    return result
  }

  /// Whether a new path stands where the base has a folder, or below what the base has as a file: the removals that
  /// come with it decide, so it is not dropped silently.
  private func shadows(_ path: TreePath, _ base: Tree) -> Bool {
    base.isFolder(path) || path.ancestors.contains { base[$0] != nil }
  }

  private func overLimit(_ accepted: Changes) -> String? {
    if let maxFiles, accepted.byPath.count > maxFiles {
      return "it changes \(accepted.byPath.count) files, the limit is \(maxFiles)"
    }
    let bytes = accepted.byPath.values.reduce(0) { sum, change in
      if case .write(let entry) = change { sum + entry.size } else { sum }
    }
    if let maxBytes, bytes > maxBytes { return "its changed files have \(bytes) bytes, the limit is \(maxBytes)" }
    return nil
  }
}
