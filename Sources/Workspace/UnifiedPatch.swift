internal import Glibc

/// The difference of two trees as a patch that `git apply` takes.
package enum UnifiedPatch {
  /// The patch from one tree to another; empty where they are equal.
  ///
  /// - Parameter scratch: an existing folder for the files of both sides; what is made in it is removed.
  package static func text(from old: Tree, to new: Tree, store: ObjectStore, scratch: String) throws -> [UInt8] {
    let place = "\(scratch)/diff-\(getpid())"
    defer {
      // The scratch folder is removed as a whole later.
      do { try removeTree(place) } catch {}
    }
    let changed = Set(old.entries.keys).union(new.entries.keys).filter {
      old.entries[$0]?.kind != new.entries[$0]?.kind
    }
    guard !changed.isEmpty else { return [] }
    for (name, tree) in [("a", old), ("b", new)] {
      try LayerFolder.materialise(
        tree: Tree(entries: tree.entries.filter { changed.contains($0.key) }), store: store, into: "\(place)/\(name)",
        owner: nil)
    }
    let result = try Git.run(
      [
        "diff", "--no-index", "--binary", "--no-color", "--no-ext-diff", "--no-textconv", "--no-renames",
        "--no-prefix", "--", "a", "b",
      ], in: place)
    guard result.status <= 1 else { throw WorkspaceError("compare", "two trees", result.error) }
    return result.output
  }
}
