package import Workspace

extension Workbench {
  /// What a declared candidate does to the tree: its files in place of the tree's, and without those that it removes.
  ///
  /// - Throws: `EvaluationFault.invalid` where it removes what isn't there or changes nothing at all.
  package func changes(of candidate: DeclaredCandidate) throws -> Changes {
    var changes = Changes()
    if let files = candidate.files {
      let place = "\(folder)/\(DeclaredCandidate.folder)/\(files)"
      let listing = try TreeListing.files(root: place)
      let tree = try Snapshot.take(root: place, listing: listing.paths, store: store, now: Self.now())
      for item in tree.items where base[item.path]?.kind != item.entry.kind {
        changes[item.path] = .write(
          item.entry.modified(at: Entry.newer(than: base[item.path]?.modified, now: Self.now())))
      }
    }
    for name in candidate.removes {
      guard let path = TreePath(name), base[path] != nil else {
        throw EvaluationFault.invalid("the candidate '\(candidate.name)' removes \(name), which the tree doesn't have")
      }
      changes[path] = .remove
    }
    guard candidate.isUnchanged || !changes.isEmpty else {
      throw EvaluationFault.invalid(
        "the candidate '\(candidate.name)' changes nothing: its files are those of the tree; "
          + "if that is meant, write 'files: none'")
    }
    return changes
  }

  /// Sorts a candidate's changes by the surface, as a loop does.
  package func classify(_ changes: Changes) -> Classified {
    surface.classify(changes, base: base, ignoredByGit: { _ in false })
  }
}
