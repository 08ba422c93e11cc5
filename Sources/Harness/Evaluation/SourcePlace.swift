package import Workspace

/// A file of the tree and a line in it, as a compiler, a test or a scorer named it.
package struct SourcePlace: Sendable, Hashable {
  package let file: String
  package let line: Int

  /// The place that a text names: the first `FILE:LINE`, else the last `File "FILE", line LINE`, since Python tells of the
  /// innermost call last. Only files of the tree count.
  ///
  /// - Parameter root: The tree's path in sandboxes, which may lead the names.
  package static func find(in text: String, tree: Tree, root: String) -> SourcePlace? {
    var traced: SourcePlace?
    // A candidate may print what it likes: a megabyte is looked through, but not more.
    for line in text.prefix(1 << 20).split(separator: "\n") {
      if let place = colon(line, tree, root) { return place }
      traced = python(line, tree, root) ?? traced
    }
    return traced
  }

  private static func colon(_ line: Substring, _ tree: Tree, _ root: String) -> SourcePlace? {
    for word in line.split(whereSeparator: { " \t\"'()[]<>,;|=".contains($0) }) {
      let parts = word.split(separator: ":")
      guard parts.count > 1, let number = Int(parts[1]), number > 0 else { continue }
      if let place = known(parts[0], number, tree, root) { return place }
    }
    return nil
  }

  private static func python(_ line: Substring, _ tree: Tree, _ root: String) -> SourcePlace? {
    let parts = line.split(separator: "\"")
    guard parts.count > 2, parts[0].hasSuffix("File "), parts[2].hasPrefix(", line ") else { return nil }
    guard let number = Int(parts[2].dropFirst(7).prefix { $0.isNumber }), number > 0 else { return nil }
    return known(parts[1], number, tree, root)
  }

  private static func known(_ name: Substring, _ line: Int, _ tree: Tree, _ root: String) -> SourcePlace? {
    var file = name
    for prefix in ["\(root)/", "/harness/", "/tree/", "./"] where file.hasPrefix(prefix) {
      file = file.dropFirst(prefix.count)
    }
    guard let path = TreePath(String(file)), tree[path] != nil else { return nil }
    return SourcePlace(file: path.description, line: line)
  }
}
