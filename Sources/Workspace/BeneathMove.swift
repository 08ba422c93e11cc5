internal import Glibc

/// Moves what lies below one folder to the same path below another, both full of names that a hostile program chose.
package enum BeneathMove {
  /// Moves one path by `renameat(2)`; folders on its way are made anew.
  ///
  /// No link on the way is followed, on neither side: a build that makes `obj` a link to a home would else have that home's
  /// `obj/cache` moved, by a Belljar that may well be root.
  ///
  /// - Parameter owner: Whom new folders are given to; only root can.
  /// - Returns: Whether there was something to move. Behind a link there is nothing.
  /// - Throws: ``WorkspaceError`` where it is there and can't be moved.
  @discardableResult
  package static func move(
    _ path: TreePath, from source: String, to target: String, owner: Owner? = nil
  ) throws(WorkspaceError) -> Bool {
    let name = Array(path.name)
    guard let from = try folder(of: path, in: Descriptor.ownFolder(source)) else { return false }
    do throws(WorkspaceError) {
      _ = try from.status(of: name)
    } catch {
      guard isAbsence(error) else { throw error }
      return false
    }
    var to = try Descriptor.ownFolder(target)
    for part in path.parts.dropLast() { to = try made(Array(part), in: to, owner: owner) }
    try FileSystemCalls.retrying("move", path.description) {
      FileSystemCalls.withBytes(name) { renameat(from.number, $0, to.number, $0) }
    }
    return true
  }

  private static func folder(of path: TreePath, in folder: Descriptor) throws(WorkspaceError) -> Descriptor? {
    guard let parent = path.parent else { return folder }
    do throws(WorkspaceError) {
      return try folder.folder(beneath: parent.bytes)
    } catch {
      guard isAbsence(error) else { throw error }
      return nil
    }
  }

  private static func made(
    _ name: [UInt8], in folder: Descriptor, owner: Owner?
  ) throws(WorkspaceError) -> Descriptor {
    let answer = FileSystemCalls.withBytes(name) { mkdirat(folder.number, $0, 0o755) }
    let made = try folder.open(name, FileSystemCalls.folderFlags)
    if answer == 0, let owner {
      try FileSystemCalls.retrying("give away the folder", EscapedBytes.text(name)) {
        fchown(made.number, owner.user, owner.group)
      }
    }
    return made
  }

  private static func isAbsence(_ error: WorkspaceError) -> Bool {
    [ENOENT, ENOTDIR, ELOOP].contains(error.errorNumber)
  }
}
