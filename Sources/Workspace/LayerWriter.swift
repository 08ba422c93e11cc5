internal import Digests
internal import Glibc

/// Writes files, links, folders and overlayfs marks into a folder of ours.
struct LayerWriter {
  private var cursor: FolderCursor
  private var made: Set<TreePath> = []
  private let store: ObjectStore
  private let owner: Owner?
  /// Whether the file system still may share blocks; asked once.
  private var canClone = true
  private let sharesObjects: Bool
  /// The objects that stand in this layer themselves.
  private var linked: Set<Digest> = []

  /// Begins to write into a folder, which is made where it is missing.
  ///
  /// - Parameter sharesObjects: Whether files may be hard links to objects.
  init(into path: String, store: ObjectStore, owner: Owner?, sharesObjects: Bool = false) throws(WorkspaceError) {
    try HostFolder.make(path, mode: 0o755)
    let root = try Descriptor.folder(path)
    cursor = FolderCursor(root: root)
    self.store = store
    self.owner = owner
    self.sharesObjects = sharesObjects
    try root.give(to: owner, mode: 0o755)
  }

  /// Writes a file or link, with the folders above it.
  mutating func write(_ path: TreePath, _ entry: Entry) throws(WorkspaceError) {
    try makeFolders(above: path)
    let (folder, name) = try cursor.locate(path)
    switch entry.kind {
    case .file(let digest, let executable, let size):
      let stamp = LayerStamp(executable: executable, modified: entry.modified, owner: owner)
      if link(digest, size, stamp, folder, name) { return }
      let target = try folder.open(name, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
      try copy(digest, size, to: target)
      return try stamp.apply(to: target)
    case .symlink(let target):
      try FileSystemCalls.retrying("make the link", path.description) {
        FileSystemCalls.withBytes(target) { target in
          FileSystemCalls.withBytes(name) { symlinkat(target, folder.number, $0) }
        }
      }
      if let owner {
        try FileSystemCalls.retrying("change the owner of", path.description) {
          FileSystemCalls.withBytes(name) {
            fchownat(folder.number, $0, owner.user, owner.group, AT_SYMLINK_NOFOLLOW)
          }
        }
      }
    }
    let times = LayerStamp.times(entry.modified)
    try FileSystemCalls.retrying("set the time of", path.description) {
      FileSystemCalls.withBytes(name) { utimensat(folder.number, $0, times, AT_SYMLINK_NOFOLLOW) }
    }
  }

  /// Makes the file a hard link to its object, where that has the very stamp; false where it has not, or can't be linked.
  ///
  /// Two files of one layer never share an inode: to a program that copies or archives them they would be one file.
  private mutating func link(
    _ digest: Digest, _ size: Int, _ stamp: LayerStamp, _ folder: Descriptor, _ name: [UInt8]
  ) -> Bool {
    guard sharesObjects, let status = store.status(digest), Int(status.st_size) == size, stamp.matches(status),
      linked.insert(digest).inserted
    else { return false }
    let object = store.path(digest)
    return FileSystemCalls.withBytes(name) { linkat(AT_FDCWD, object, folder.number, $0, 0) } == 0
  }

  /// Makes a whiteout: a character device 0/0, which hides what lower layers have at the path (any user may since Linux 5.8).
  mutating func whiteOut(_ path: TreePath) throws(WorkspaceError) {
    try makeFolders(above: path)
    let (folder, name) = try cursor.locate(path)
    do throws(WorkspaceError) {
      try FileSystemCalls.retrying("make the whiteout", path.description) {
        FileSystemCalls.withBytes(name) { mknodat(folder.number, $0, S_IFCHR, 0) }
      }
    } catch {
      throw error.errorNumber == EPERM
        ? WorkspaceError(
          "make the whiteout", path.description, errno: EPERM,
          advice:
            "the kernel is older than 5.8, or a container forbids mknod: put the state folder on another file system")
        : error
    }
  }

  /// Marks a folder as hiding what lower layers have at its path.
  mutating func makeOpaque(_ path: TreePath) throws(WorkspaceError) {
    try makeFolder(path)
    let folder = try cursor.root.folder(beneath: path.bytes)
    try FileSystemCalls.retrying("mark as opaque", path.description) {
      FileSystemCalls.setExtendedAttribute(folder.number, "user.overlay.opaque", Array("y".utf8))
    }
  }

  private mutating func makeFolders(above path: TreePath) throws(WorkspaceError) {
    guard let parent = path.parent, !made.contains(parent) else { return }
    for folder in Array(parent.ancestors).reversed() { try makeFolder(folder) }
    try makeFolder(parent)
  }

  private mutating func makeFolder(_ path: TreePath) throws(WorkspaceError) {
    if made.contains(path) { return }
    try makeFolders(above: path)
    let (folder, name) = try cursor.locate(path)
    do throws(WorkspaceError) {
      try FileSystemCalls.retrying("make the folder", path.description) {
        FileSystemCalls.withBytes(name) { mkdirat(folder.number, $0, 0o755) }
      }
    } catch {
      guard error.errorNumber == EEXIST else { throw error }
    }
    try folder.open(name, FileSystemCalls.folderFlags).give(to: owner, mode: 0o755)
    made.insert(path)
  }

  private mutating func copy(_ digest: Digest, _ size: Int, to target: Descriptor) throws(WorkspaceError) {
    if size == 0 { return }
    let source = try store.open(digest)
    guard Int(try source.status().st_size) == size else {
      throw WorkspaceError(
        "copy the object", store.path(digest), because: "it has not the \(size) bytes that the tree says",
        advice: "remove it, and take a new snapshot")
    }
    if canClone {
      if FileSystemCalls.clone(from: source.number, to: target.number) { return }
      canClone = false
    }
    var rest = size
    while rest > 0 {
      let count = FileSystemCalls.copyRange(from: source.number, to: target.number, length: rest)
      if count > 0 {
        rest -= count
      } else {
        // Not on this file system, not across the two, or not under this filter: by hand, from where it stands.
        let bytes = try source.readAll(expecting: rest)
        guard bytes.count == rest else {
          throw WorkspaceError("copy the object", store.path(digest), because: "it became shorter meanwhile")
        }
        return try target.write(bytes)
      }
    }
  }
}
