package import Workspace

/// The champion's editable files, kept from try to try: only those that differ from the last champion's are read.
package struct EditableFiles {
  /// Larger files are no source code that a search would edit, or a model be shown.
  package static let largest = 1 << 20

  package private(set) var contents: [TreePath: [UInt8]] = [:]
  private var tree = Tree()

  package init() {}

  package mutating func follow(_ champion: Tree, _ bench: Workbench) throws {
    for (path, change) in tree.changes(to: champion).byPath where bench.surface.isEditable(path) {
      contents[path] = nil
      if case .write(let entry) = change, case .file(let digest, _, let size) = entry.kind, size < Self.largest {
        contents[path] = try bench.store.read(digest)
      }
    }
    tree = champion
  }
}
