package import Digests
package import Workspace

/// One state of the tree, ready to be run: the baseline, the champion or a candidate, as layers from the top down.
package struct Specimen: Sendable {
  /// What it is, for messages: `baseline`, `candidate 3`.
  package var name: String
  /// The tree with its changes.
  package var tree: Tree
  /// The changes against the baseline.
  package var changes: Changes
  /// The changes in the store, on the disk; nil where they have not been put there yet.
  package var stored: Digest?
  /// Folders with the changed files, the tree as the candidate sees it, and what setup made.
  package var layers: [String]
  /// What the build left of `build.outputs`; nil before the build or where there is none.
  package var built: String?
  /// What a clean build left in `build.cache`.
  package var cache: String?

  /// What a scorer's run starts from.
  var runLayers: [String] { (built.map { [$0] } ?? []) + layers }
}
