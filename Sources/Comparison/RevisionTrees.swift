internal import Harness
internal import Sandbox
internal import Workspace

/// Both sides' files, as they are built and run: the harness's own are the same on both.
struct RevisionTrees {
  var base: Tree?
  var head: Tree
  /// The new side's own versions of the harness's files, which are not used.
  var overruled: [TreePath] = []
  var notes: [String] = []

  /// Takes both sides into the store.
  ///
  /// - Parameter source: whose files the ones are that the harness names.
  init(_ plan: RevisionPlan, source: RevisionPlan.HarnessSource, root: String, file: String, state: StateFolder) throws
  {
    let store = try ObjectStore(root: state.path)
    let only = plan.harness.tree.only
    if let revision = plan.head {
      let read = try CommitTree.read(revision, root: root, only: only, store: store, owner: Workbench.owner)
      head = read.tree
      notes += read.notes
    } else {
      let listing = try TreeListing.files(root: root, only: only)
      head = try Snapshot.take(
        root: root, listing: listing.paths, store: store, now: Workbench.now(), owner: Workbench.owner,
        index: state.index)
      notes += listing.notes
    }
    guard let revision = plan.base else { return }
    let read = try CommitTree.read(revision, root: root, only: only, store: store, owner: Workbench.owner)
    let base = read.tree
    notes += read.notes.filter { !notes.contains($0) }
    // Unchanged files have the old side's times and changed ones newer times, so that both sides are laid out alike.
    var (mine, theirs) = (Changes(), Changes())
    let fixed =
      source == .base
      ? try plan.harness.namedFiles(in: base).union(plan.harness.namedFiles(in: head))
      : try plan.harness.namedFiles(in: head)
    for (path, change) in base.changes(to: head).byPath {
      let isHarness = fixed.contains(path) || path.description == file
      if fixed.contains(path), path.description != file { overruled.append(path) }
      if isHarness, source == .base { continue }
      if isHarness { theirs[path] = Self.stamped(change, over: base[path]?.modified) }
      mine[path] = Self.stamped(change, over: base[path]?.modified)
    }
    overruled.sort()
    self.base = base.applying(theirs)
    head = base.applying(mine)
  }

  private static func stamped(_ change: Change, over old: Int64?) -> Change {
    guard case .write(let entry) = change else { return change }
    return .write(entry.modified(at: Entry.newer(than: old, now: entry.modified)))
  }
}
