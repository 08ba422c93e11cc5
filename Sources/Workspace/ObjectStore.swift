internal import CLinux
package import Digests
internal import Glibc

/// Contents by their digest, one file each: `objects/ab/cdef…`, mode 0444, in folders of mode 0700.
package struct ObjectStore: Sendable {
  package let root: String

  package init(root: String) throws {
    self.root = root
    try Files.makeFolder(root, mode: 0o700)
  }

  /// Where an object lies.
  package func path(_ digest: Digest) -> String {
    let name = digest.description
    return "\(root)/\(name.prefix(2))/\(name.dropFirst(2))"
  }

  package func contains(_ digest: Digest) -> Bool { access(path(digest), F_OK) == 0 }

  /// Stores contents; storing them again does nothing. The file appears whole or not at all.
  @discardableResult
  package func put(_ bytes: [UInt8]) throws -> Digest {
    let digest = Digest(of: bytes)
    let path = path(digest)
    if access(path, F_OK) == 0 { return digest }
    let folder = String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)])
    mkdir(folder, 0o700)
    var template = Array("\(folder)/.new-XXXXXX".utf8CString)
    let descriptor = linux_new_file(&template)
    guard descriptor >= 0 else { throw WorkspaceError("store", path, errno: errno) }
    defer { close(descriptor) }
    guard Files.writeAll(descriptor, bytes), fchmod(descriptor, 0o444) == 0, rename(template, path) == 0 else {
      let number = errno
      unlink(template)
      throw WorkspaceError("store", path, errno: number)
    }
    return digest
  }

  /// The contents behind a digest, checked against it.
  package func read(_ digest: Digest) throws -> [UInt8] {
    let path = path(digest)
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { throw WorkspaceError("read object", path, errno: errno) }
    defer { close(descriptor) }
    var about = stat()
    guard fstat(descriptor, &about) == 0, let bytes = Files.readAll(descriptor, size: Int(about.st_size)) else {
      throw WorkspaceError("read object", path, errno: errno)
    }
    guard Digest(of: bytes) == digest else {
      throw WorkspaceError("read object", path, "its contents were changed; the state folder is damaged")
    }
    return bytes
  }
}
