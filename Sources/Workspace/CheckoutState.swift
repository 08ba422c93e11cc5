internal import Digests
internal import Glibc

/// How a checkout stands against a tree that was taken from it.
package enum CheckoutState {
  /// Those of some paths whose contents differ now; reads only these, following no link.
  package static func differing(
    _ paths: [TreePath], from tree: Tree, root: String
  ) throws(WorkspaceError) -> [TreePath] {
    var cursor = FolderCursor(root: try Descriptor.folder(root))
    var differing: [TreePath] = []
    for path in paths {
      do throws(WorkspaceError) {
        if try kind(path, &cursor) != tree[path]?.kind { differing.append(path) }
      } catch {
        // What can't be looked at is not known to be as it was.
        guard error.errorNumber != nil else { throw error }
        differing.append(path)
      }
    }
    return differing
  }

  /// What lies at a path; nil for nothing, and for what no tree carries.
  private static func kind(_ path: TreePath, _ cursor: inout FolderCursor) throws(WorkspaceError) -> Entry.Kind? {
    do throws(WorkspaceError) {
      let (folder, name) = try cursor.locate(path)
      let status = try folder.status(of: name)
      if status.st_mode & S_IFMT == S_IFLNK { return .symlink(try folder.linkTarget(name)) }
      let file = try folder.open(name, FileSystemCalls.readFlags)
      let bytes = try file.readAll(expecting: Int(status.st_size))
      return .file(Digest(of: bytes), executable: try file.status().st_mode & S_IXUSR != 0, size: bytes.count)
    } catch {
      let gone: Set<Int32> = [ENOENT, ENOTDIR]
      guard let number = error.errorNumber, gone.contains(number) else { throw error }
      return nil
    }
  }
}
