internal import Glibc

/// A file that is being written, and is removed unless it is kept under its name.
///
/// It is named `.new-PID-STARTTIME-N` and locked (`flock(2)`) while it is written, so that what a killed process left can be told
/// from what a living one writes.
final class TemporaryObject {
  let file: Descriptor
  private let path: String
  private var isKept = false

  private static let prefix = ".new-"
  /// This process, as the names of its files say it; 0 where /proc is missing, and the lock alone has to do.
  private static let owner = "\(getpid())-\(ScratchFolder.startTime(getpid()) ?? 0)"

  init(in folder: String) throws(WorkspaceError) {
    while true {
      let path = "\(folder)/\(Self.prefix)\(Self.owner)-\(UInt64.random(in: .min ... .max))"
      let number = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o444)
      if number >= 0 {
        self.path = path
        file = Descriptor(owning: number)
        try FileSystemCalls.retrying("lock", path) { flock(number, LOCK_SH | LOCK_NB) }
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

  /// Removes from a folder what dead processes were writing there.
  static func reclaim(in folder: String) throws(WorkspaceError) {
    let names: [String]
    do throws(WorkspaceError) {
      names = try HostFolder.names(folder)
    } catch {
      if error.errorNumber == ENOENT { return }
      throw error
    }
    for name in names where name.hasPrefix(prefix) {
      if let owner = ScratchFolder.owner(String(name.dropFirst(prefix.count))),
        ScratchFolder.startTime(owner.process) == owner.start
      {
        continue
      }
      let path = "\(folder)/\(name)"
      let number = open(path, FileSystemCalls.readFlags)
      // Another process may have been as far.
      guard number >= 0 else { continue }
      let file = Descriptor(owning: number)
      if flock(file.number, LOCK_EX | LOCK_NB) == 0 { unlink(path) }
    }
  }
}
