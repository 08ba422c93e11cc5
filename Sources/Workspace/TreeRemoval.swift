internal import Glibc

/// Removes folders that hostile programs have filled.
package enum TreeRemoval {
  /// Removes a file, a link or a folder with all that is below it; does nothing where there is none.
  ///
  /// No link is followed, folders of mode 000 are opened up first, and depth costs neither stack nor long paths: a folder
  /// within a folder is first moved up beside it (`renameat(2)`), so that all work happens two levels deep.
  ///
  /// - Parameter freeing: Is told of each file and folder before it goes, with the bytes that it takes on the disk.
  /// - Throws: ``WorkspaceError`` for the first thing that can't be removed.
  package static func removeTree(
    _ path: String, freeing: ((_ bytes: Int) -> Void)? = nil
  ) throws(WorkspaceError) {
    var status = stat()
    guard lstat(path, &status) == 0 else {
      if errno == ENOENT { return }
      throw WorkspaceError("look at", path, errno: errno)
    }
    guard status.st_mode & S_IFMT == S_IFDIR else {
      try FileSystemCalls.retrying("remove", path) { unlink(path) }
      return
    }
    let handle = Descriptor(
      owning: try FileSystemCalls.retrying("open the folder", path) {
        open(path, FileSystemCalls.openPathOnly | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
      })
    var sweeper = FolderSweeper(root: try opened(handle), freeing: freeing)
    try sweeper.sweep()
    freeing?(Int(status.st_blocks) * 512)
    try FileSystemCalls.retrying("remove the folder", path) { rmdir(path) }
  }

  /// Opens a folder from an O_PATH handle for listing and changing, whatever its mode is.
  fileprivate static func opened(_ handle: Descriptor) throws(WorkspaceError) -> Descriptor {
    if try handle.status().st_mode & 0o700 != 0o700 {
      do throws(WorkspaceError) {
        try handle.setMode(0o700)
      } catch {
        // Not ours: what the mode allows may still be enough, and the listing says so if not.
        guard error.errorNumber == EPERM else { throw error }
      }
    }
    return try handle.reopened(O_RDONLY | O_DIRECTORY)
  }
}

private struct FolderSweeper {
  let root: Descriptor
  let freeing: ((_ bytes: Int) -> Void)?
  private var counter = 0
  private var failure: WorkspaceError?

  init(root: Descriptor, freeing: ((_ bytes: Int) -> Void)?) {
    self.root = root
    self.freeing = freeing
  }

  mutating func sweep() throws(WorkspaceError) {
    // Folders come up to the root while it is being emptied, so it is listed again until nothing new comes.
    while failure == nil {
      let names = try root.names()
      if names.isEmpty { return }
      for name in names { removeEntry(name) }
    }
    if let failure { throw failure }
  }

  private mutating func removeEntry(_ name: [UInt8]) {
    do throws(WorkspaceError) {
      if try unlinked(name, in: root) { return }
      let folder = try Self.folder(name, in: root)
      for inner in try folder.names() where try !unlinked(inner, in: folder) { try moveUp(inner, from: folder) }
      try removeFolder(name, in: root)
    } catch {
      failure = failure ?? error
    }
  }

  /// Moves a folder to the root under a name of its own; an empty one goes at once.
  private mutating func moveUp(_ name: [UInt8], from folder: Descriptor) throws(WorkspaceError) {
    do throws(WorkspaceError) {
      return try removeFolder(name, in: folder)
    } catch {
      guard error.errorNumber == ENOTEMPTY || error.errorNumber == EEXIST else { throw error }
    }
    // Moving a folder writes its `..`, which wants the right to write to it.
    _ = try Self.folder(name, in: folder)
    while true {
      counter += 1
      let newName = Array(".belljar-removing-\(counter)".utf8)
      do throws(WorkspaceError) {
        try FileSystemCalls.retrying("move", EscapedBytes.text(name)) {
          FileSystemCalls.withBytes(name) { old in
            FileSystemCalls.withBytes(newName) { renameat(folder.number, old, root.number, $0) }
          }
        }
        return
      } catch {
        // Taken by a hostile name, file or folder: the next one.
        let taken: Set<Int32> = [ENOTEMPTY, EEXIST, ENOTDIR]
        guard let number = error.errorNumber, taken.contains(number) else { throw error }
      }
    }
  }

  /// Says what goes. A file with another name frees nothing.
  private func tell(_ name: [UInt8], in parent: Descriptor, isFolder: Bool) {
    guard let freeing else { return }
    var about = stat()
    let answer = FileSystemCalls.withBytes(name) { fstatat(parent.number, $0, &about, AT_SYMLINK_NOFOLLOW) }
    guard answer == 0, (about.st_mode & S_IFMT == S_IFDIR) == isFolder, isFolder || about.st_nlink == 1 else { return }
    freeing(Int(about.st_blocks) * 512)
  }

  private static func folder(_ name: [UInt8], in parent: Descriptor) throws(WorkspaceError) -> Descriptor {
    try TreeRemoval.opened(try parent.open(name, FileSystemCalls.openPathOnly | O_DIRECTORY))
  }

  private func removeFolder(_ name: [UInt8], in parent: Descriptor) throws(WorkspaceError) {
    tell(name, in: parent, isFolder: true)
    try FileSystemCalls.retrying("remove the folder", EscapedBytes.text(name)) {
      FileSystemCalls.withBytes(name) { unlinkat(parent.number, $0, AT_REMOVEDIR) }
    }
  }

  /// Removes anything but a folder; false where it is one.
  private func unlinked(_ name: [UInt8], in parent: Descriptor) throws(WorkspaceError) -> Bool {
    tell(name, in: parent, isFolder: false)
    do throws(WorkspaceError) {
      try FileSystemCalls.retrying("remove", EscapedBytes.text(name)) {
        FileSystemCalls.withBytes(name) { unlinkat(parent.number, $0, 0) }
      }
      return true
    } catch {
      switch error.errorNumber {
      case ENOENT: return true
      case EISDIR: return false
      default: throw error
      }
    }
  }
}
