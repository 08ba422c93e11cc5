internal import Digests
internal import Glibc

/// The user and group that files are given to.
package struct Owner: Hashable, Sendable {
  package let user: UInt32
  package let group: UInt32

  package init(user: UInt32, group: UInt32) {
    self.user = user
    self.group = group
  }
}

/// Writes files, links, folders and overlayfs marks into a folder of ours.
struct LayerWriter {
  private var cursor: FolderCursor
  private var made: Set<TreePath> = []
  private let store: ObjectStore
  private let owner: Owner?
  /// Whether the file system still may share blocks; asked once.
  private var canClone = true

  /// Begins to write into a folder, which is made where it is missing.
  init(into path: String, store: ObjectStore, owner: Owner?) throws(WorkspaceError) {
    try HostFolder.make(path, mode: 0o755)
    let root = try Descriptor.folder(path)
    cursor = FolderCursor(root: root)
    self.store = store
    self.owner = owner
    try give(root, mode: 0o755)
  }

  /// Writes a file or link, with the folders above it.
  mutating func write(_ path: TreePath, _ entry: Entry) throws(WorkspaceError) {
    try makeFolders(above: path)
    let (folder, name) = try cursor.locate(path)
    switch entry.kind {
    case .file(let digest, let executable, let size):
      let target = try folder.open(name, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
      try copy(digest, size, to: target)
      try give(target, mode: executable ? 0o755 : 0o644)
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
    let (seconds, rest) = entry.modified.quotientAndRemainder(dividingBy: 1_000_000_000)
    // A time before 1970 has whole seconds below it and nanoseconds above.
    let time =
      rest < 0
      ? timespec(tv_sec: Int(seconds) - 1, tv_nsec: Int(rest) + 1_000_000_000)
      : timespec(tv_sec: Int(seconds), tv_nsec: Int(rest))
    try FileSystemCalls.retrying("set the time of", path.description) {
      FileSystemCalls.withBytes(name) { utimensat(folder.number, $0, [time, time], AT_SYMLINK_NOFOLLOW) }
    }
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
    try give(try folder.open(name, FileSystemCalls.folderFlags), mode: 0o755)
    made.insert(path)
  }

  private func give(_ file: Descriptor, mode: mode_t) throws(WorkspaceError) {
    if let owner {
      try FileSystemCalls.retrying("change the owner of", "descriptor \(file.number)") {
        fchown(file.number, owner.user, owner.group)
      }
    }
    try FileSystemCalls.retrying("change the mode of", "descriptor \(file.number)") { fchmod(file.number, mode) }
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
