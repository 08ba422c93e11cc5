internal import Glibc

/// Takes what a listing names into the store.
package enum Snapshot {
  /// Stores every listed file of a folder and returns the tree of them.
  ///
  /// A file is opened beneath the folder, through no link, and hashed from the same descriptor that it was looked at with; what
  /// has gone or is no file or link any more is left out.
  ///
  /// - Parameters:
  ///   - now: The latest time that a file may carry, in nanoseconds since 1970.
  /// - Throws: ``WorkspaceError`` for a file that can't be read.
  package static func take(
    root: String, listing: [TreePath], store: ObjectStore, now: Int64
  ) throws(WorkspaceError) -> Tree {
    var cursor = FolderCursor(root: try Descriptor.folder(root))
    var items: [Tree.Item] = []
    items.reserveCapacity(listing.count)
    for path in listing {
      do throws(WorkspaceError) {
        if let entry = try entry(path, &cursor, store, now) { items.append(Tree.Item(path, entry)) }
      } catch {
        switch error.errorNumber {
        case ENOENT, ENOTDIR, ELOOP, ENXIO: continue
        case EACCES:
          throw WorkspaceError(
            "read", "\(root)/\(path)", errno: EACCES, advice: "make it readable, or leave it out with tree.only")
        default: throw error
        }
      }
    }
    return Tree(items)
  }

  private static func entry(
    _ path: TreePath, _ cursor: inout FolderCursor, _ store: ObjectStore, _ now: Int64
  ) throws(WorkspaceError) -> Entry? {
    let (folder, name) = try cursor.locate(path)
    let file: Descriptor
    do throws(WorkspaceError) {
      file = try folder.open(name, FileSystemCalls.readFlags)
    } catch {
      guard error.errorNumber == ELOOP else { throw error }
      let status = try folder.status(of: name)
      return Entry(.symlink(try folder.linkTarget(name)), modified: min(status.modifiedNanoseconds, now))
    }
    let status = try file.status()
    guard status.st_mode & S_IFMT == S_IFREG else { return nil }
    guard let (digest, size) = try store.put(file, expecting: Int(status.st_size)) else { return nil }
    return Entry(
      .file(digest, executable: status.st_mode & S_IXUSR != 0, size: size),
      modified: min(status.modifiedNanoseconds, now))
  }
}

extension stat {
  /// `st_mtim` in nanoseconds since 1970; the ends of the range for times beyond it.
  var modifiedNanoseconds: Int64 {
    let (seconds, overflow) = Int64(st_mtim.tv_sec).multipliedReportingOverflow(by: 1_000_000_000)
    if overflow { return st_mtim.tv_sec < 0 ? .min : .max }
    return seconds.addingReportingOverflow(Int64(st_mtim.tv_nsec)).overflow ? .max : seconds + Int64(st_mtim.tv_nsec)
  }
}
