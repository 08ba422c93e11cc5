/// Finds the folder of each of many paths beneath a root, keeping the last one open: sorted paths open a folder once.
struct FolderCursor {
  let root: Descriptor
  private var parent: [UInt8] = []
  private var folder: Descriptor

  init(root: Descriptor) {
    self.root = root
    folder = root
  }

  /// The open folder that holds the path, reached without following a link, and the path's last part.
  mutating func locate(_ path: TreePath) throws(WorkspaceError) -> (folder: Descriptor, name: [UInt8]) {
    guard let slash = path.bytes.lastIndex(of: UInt8(ascii: "/")) else { return (root, path.bytes) }
    let wanted = path.bytes[..<slash]
    if !wanted.elementsEqual(parent) {
      folder = try root.folder(beneath: Array(wanted))
      parent = Array(wanted)
    }
    return (folder, Array(path.bytes[(slash + 1)...]))
  }
}
