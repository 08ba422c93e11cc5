package import Workspace

/// Where one proposal grows: a copy-on-write view of a tree, for all steps of a pipeline one after the other.
package struct Workplace: Sendable {
  let parent: Specimen
  let upper: String
  let work: String
}

extension Workbench {
  package func newWorkplace(on parent: Specimen) throws -> Workplace {
    Workplace(parent: parent, upper: try newScratch(), work: try newScratch())
  }

  /// Reads what changed, as hostile input, and sorts it by the surface.
  package func read(_ place: Workplace) throws -> Classified {
    var ignoring: [TreePath] = harness.build.map { $0.outputs + $0.cache }.map { $0.compactMap { TreePath($0) } } ?? []
    for step in harness.steps.map(\.step) {
      ignoring += step.inputs.compactMap { $0.leavesProject ? nil : TreePath($0.source) }
    }
    let before = place.parent.tree
    var ignored: Set<TreePath> = []
    // What can't become part of a candidate is litter or a violation by its name: its contents, however many, are not kept.
    let reading = try UpperLayer.read(
      folder: place.upper, base: before, store: store, ignoring: ignoring, now: Self.now()
    ) { files throws(WorkspaceError) in
      // New paths that the checkout's own ignore rules leave out: litter, such as object files and caches.
      ignored = try GitCommand.ignored(files.filter { before[$0] == nil && base[$0] == nil }, root: root)
      return ignored.union(files.filter { !surface.isEditable($0) })
    }
    var classified = surface.classify(reading.changes, unread: reading.unread, base: before) { ignored.contains($0) }
    for skipped in reading.skipped where surface.isEditable(skipped.path) { classified.litter.append(skipped.path) }
    return classified
  }

  package func release(_ place: Workplace) { remove([place.upper, place.work]) }
}
