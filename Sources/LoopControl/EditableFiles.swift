internal import Harness
internal import Workspace

/// The champion's editable files, kept from try to try: only those that differ from the last champion's are read.
struct EditableFiles {
  /// Larger files are no source code that a search would edit.
  static let largest = 1 << 20

  private(set) var contents: [TreePath: [UInt8]] = [:]
  private var tree = Tree()

  mutating func follow(_ champion: Tree, _ bench: Workbench) throws {
    for (path, change) in tree.changes(to: champion).byPath where bench.surface.isEditable(path) {
      contents[path] = nil
      if case .write(let entry) = change, case .file(let digest, _, let size) = entry.kind, size < Self.largest {
        contents[path] = try bench.store.read(digest)
      }
    }
    tree = champion
  }
}
