internal import Glibc

/// A file that is being written, and is removed unless it is kept under its name.
final class TemporaryObject {
  let file: Descriptor
  private let path: String
  private var isKept = false

  init(in folder: String) throws(WorkspaceError) {
    while true {
      let path = "\(folder)/.new-\(UInt64.random(in: .min ... .max))"
      let number = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o444)
      if number >= 0 {
        self.path = path
        file = Descriptor(owning: number)
        return
      }
      guard errno == EEXIST || errno == EINTR else { throw WorkspaceError("make the file", path, errno: errno) }
    }
  }

  deinit { if !isKept { unlink(path) } }

  /// Gives the file its stamp, or makes it read-only, and gives it its name, over any that is there.
  func keep(as name: String, durable: Bool, stamp: LayerStamp? = nil) throws(WorkspaceError) {
    if let stamp {
      try stamp.apply(to: file)
    } else {
      // The umask may have taken bits away.
      try FileSystemCalls.retrying("change the mode of", path) { fchmod(file.number, 0o444) }
    }
    if durable { try FileSystemCalls.retrying("write to disk", path) { fsync(file.number) } }
    try FileSystemCalls.retrying("rename", path) { rename(path, name) }
    isKept = true
    if durable, let slash = name.lastIndex(of: "/") { try HostFolder.sync(String(name[..<slash])) }
  }
}
