internal import Glibc

/// Folders of the host by their paths.
enum HostFolder {
  /// Makes a folder and those above it; the ones that are there stay as they are.
  static func make(_ path: String, mode: mode_t) throws(WorkspaceError) {
    if mkdir(path, mode) == 0 { return }
    if errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex {
      try make(String(path[..<slash]), mode: mode)
      if mkdir(path, mode) == 0 { return }
    }
    guard errno == EEXIST else { throw WorkspaceError("make the folder", path, errno: errno) }
    _ = try Descriptor.folder(path)
  }

  /// Writes a folder's names to the disk.
  static func sync(_ path: String) throws(WorkspaceError) {
    let folder = try Descriptor.folder(path)
    try FileSystemCalls.retrying("write to disk", path) { fsync(folder.number) }
  }

  /// The names in a folder.
  static func names(_ path: String) throws(WorkspaceError) -> [String] {
    try Descriptor.folder(path).names().map { String(decoding: $0, as: UTF8.self) }
  }
}
