internal import CLinux
internal import Digests
internal import Glibc

/// How a checkout stands against a tree that was taken from it.
package enum CheckoutState {
  /// The paths whose contents differ now; reads only these.
  package static func differing(_ paths: [TreePath], from tree: Tree, root: String) throws -> [TreePath] {
    let folder = open(root, linux_o_path | O_DIRECTORY | O_CLOEXEC)
    guard folder >= 0 else { throw WorkspaceError("open", root, errno: errno) }
    defer { close(folder) }
    return paths.filter { path in
      var about = stat()
      guard lstat(Files.join(root, path), &about) == 0 else { return tree.entries[path] != nil }
      switch tree.entries[path]?.kind {
      case nil: return true
      case .symlink(let target): return Files.linkTarget(Files.join(root, path)) != target
      case .file(let digest, _, _):
        guard let (descriptor, opened) = Files.openRegular(folder, path) else { return true }
        defer { close(descriptor) }
        return Files.readAll(descriptor, size: Int(opened.st_size)).map { Digest(of: $0) != digest } ?? true
      }
    }
  }
}
