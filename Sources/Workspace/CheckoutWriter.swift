internal import Glibc

/// Brings changes into a user's checkout: what they name and nothing else, through no link, each file whole or not at all.
///
/// Not by `git apply`: that leaves out without a word what lies outside of the folder that it takes for the repository's, and converts
/// line ends as attribute files say, so that other bytes would come than were measured.
package struct CheckoutWriter {
  private let root: Descriptor
  private let path: String
  private let store: ObjectStore

  package init(root: String, store: ObjectStore) throws(WorkspaceError) {
    path = root
    self.root = try Descriptor.folder(root)
    self.store = store
  }

  /// What would be lost, or is in the way: paths that are not as the base has them, what else lies where a folder would become a
  /// file, and what is no folder where one has to be.
  package func obstacles(to changes: Changes, over base: Tree) throws(WorkspaceError) -> [TreePath] {
    var found: [TreePath] = []
    var plain: [TreePath] = []
    var above: Set<TreePath> = []
    for (path, change) in changes.sorted {
      if change != .remove {
        for folder in path.ancestors where above.insert(folder).inserted && changes[folder] != .remove {
          if isOther(folder) { found.append(folder) }
        }
      }
      guard change != .remove, base.isFolder(path), let folder = try? root.folder(beneath: path.bytes) else {
        plain.append(path)
        continue
      }
      try collect(folder, at: path, notIn: changes, into: &found)
    }
    return (found + (try CheckoutState.differing(plain, from: base, root: path))).sorted()
  }

  /// Whether something lies at a path that is no folder.
  private func isOther(_ path: TreePath) -> Bool {
    do throws(WorkspaceError) {
      return try folder(above: path).status(of: Array(path.name)).st_mode & S_IFMT != S_IFDIR
    } catch {
      // What is above it says so itself.
      return false
    }
  }

  private func collect(
    _ folder: Descriptor, at path: TreePath, notIn changes: Changes, into found: inout [TreePath]
  ) throws(WorkspaceError) {
    let members = try folder.names()
    if members.isEmpty { found.append(path) }
    for name in members {
      guard let child = path.appending(name) else { continue }
      if try folder.status(of: name).st_mode & S_IFMT == S_IFDIR {
        try collect(try folder.open(name, FileSystemCalls.folderFlags), at: child, notIn: changes, into: &found)
      } else if changes[child] != .remove {
        found.append(child)
      }
    }
  }

  /// Writes all of the changes, or none.
  package func write(_ changes: Changes, over base: Tree) throws(WorkspaceError) {
    do throws(WorkspaceError) {
      try bring(changes, over: base)
    } catch {
      do throws(WorkspaceError) {
        try undo(changes, over: base)
      } catch let second {
        throw WorkspaceError(
          "bring the change into", path, because: "\(error); what was written could not be put back: \(second)")
      }
      throw WorkspaceError("bring the change into", path, because: "\(error); its files are as they were")
    }
  }

  private func bring(_ changes: Changes, over base: Tree) throws(WorkspaceError) {
    // What goes, goes first, the innermost before the folders that it leaves empty: a file may become a folder, or the other way round.
    for (path, change) in changes.sorted.reversed() where change == .remove { try remove(path) }
    for (path, change) in changes.sorted {
      if case .write(let entry) = change { try write(path, entry) }
    }
    let wanted = base.applying(changes)
    let shown = changes.paths.filter { changes[$0] != .remove || !wanted.isFolder($0) }
    if let wrong = try CheckoutState.differing(shown, from: wanted, root: path).first {
      throw WorkspaceError(
        "bring the change into", path, because: "\(wrong) is not what was written; another program writes there")
    }
  }

  /// Brings the paths of some changes back to what the base has there.
  package func undo(_ changes: Changes, over base: Tree) throws(WorkspaceError) {
    var back = Changes()
    for path in changes.paths { back[path] = base[path].map { .write($0) } ?? .remove }
    try bring(back, over: base.applying(changes))
  }

  private func remove(_ path: TreePath) throws(WorkspaceError) {
    do throws(WorkspaceError) {
      let folder = try self.folder(above: path)
      try FileSystemCalls.retrying("remove", path.description) {
        FileSystemCalls.withBytes(Array(path.name)) { unlinkat(folder.number, $0, 0) }
      }
    } catch {
      guard error.errorNumber == ENOENT || error.errorNumber == ENOTDIR else { throw error }
    }
    // As git does: a folder goes with its last file.
    for folder in path.ancestors {
      guard let above = try? self.folder(above: folder) else { continue }
      let isGone = FileSystemCalls.withBytes(Array(folder.name)) { unlinkat(above.number, $0, AT_REMOVEDIR) } == 0
      if !isGone { break }
    }
  }

  private func write(_ path: TreePath, _ entry: Entry) throws(WorkspaceError) {
    for folder in Array(path.ancestors).reversed() {
      let above = try self.folder(above: folder)
      let made = FileSystemCalls.withBytes(Array(folder.name)) { mkdirat(above.number, $0, 0o777) }
      if made != 0, errno != EEXIST { throw WorkspaceError("make the folder", folder.description, errno: errno) }
    }
    let folder = try self.folder(above: path)
    let temporary = Array(".belljar-\(getpid())-\(UInt32.random(in: .min ... .max))".utf8)
    do throws(WorkspaceError) {
      switch entry.kind {
      case .file(let digest, let executable, _):
        let file = try folder.open(temporary, O_WRONLY | O_CREAT | O_EXCL, mode: executable ? 0o777 : 0o666)
        try file.write(try store.read(digest))
      case .symlink(let target):
        try FileSystemCalls.retrying("make the link", path.description) {
          FileSystemCalls.withBytes(target) { target in
            FileSystemCalls.withBytes(temporary) { symlinkat(target, folder.number, $0) }
          }
        }
      }
      try FileSystemCalls.retrying("write", path.description) {
        FileSystemCalls.withBytes(temporary) { from in
          FileSystemCalls.withBytes(Array(path.name)) { renameat(folder.number, from, folder.number, $0) }
        }
      }
    } catch {
      _ = FileSystemCalls.withBytes(temporary) { unlinkat(folder.number, $0, 0) }
      throw error
    }
  }

  private func folder(above path: TreePath) throws(WorkspaceError) -> Descriptor {
    try path.parent.map { parent throws(WorkspaceError) in try root.folder(beneath: parent.bytes) } ?? root
  }
}
