internal import Glibc

/// The user and group that files are given to.
package struct Owner: Hashable, Sendable {
  package let user: UInt32
  package let group: UInt32

  package init(user: UInt32, group: UInt32) {
    self.user = user
    self.group = group
  }
}

/// The mode, time and owner of a file in a layer. They lie in the inode, so a hard link has those of the file that it is a link
/// to: an object that is stored with its stamp can stand in a layer itself.
struct LayerStamp {
  let mode: mode_t
  let modified: Int64
  let owner: Owner?

  init(executable: Bool, modified: Int64, owner: Owner?) {
    mode = executable ? 0o755 : 0o644
    self.modified = modified
    self.owner = owner
  }

  /// Gives a file its owner, mode and time; the owner first, since giving takes bits of the mode away.
  func apply(to file: Descriptor) throws(WorkspaceError) {
    try file.give(to: owner, mode: mode)
    try FileSystemCalls.retrying("set the time of", "descriptor \(file.number)") {
      futimens(file.number, Self.times(modified))
    }
  }

  /// Whether a file has this stamp.
  func matches(_ status: stat) -> Bool {
    let isOurs = owner.map { $0.user == status.st_uid && $0.group == status.st_gid } ?? true
    return isOurs && status.st_mode == S_IFREG | mode && status.modifiedNanoseconds == modified
  }

  /// Access and modification time, as the system calls take them.
  static func times(_ modified: Int64) -> [timespec] {
    let (seconds, rest) = modified.quotientAndRemainder(dividingBy: 1_000_000_000)
    // A time before 1970 has whole seconds below it and nanoseconds above.
    let time =
      rest < 0
      ? timespec(tv_sec: Int(seconds) - 1, tv_nsec: Int(rest) + 1_000_000_000)
      : timespec(tv_sec: Int(seconds), tv_nsec: Int(rest))
    return [time, time]
  }
}

extension Descriptor {
  /// Sets the mode, after the owner where there is one.
  func give(to owner: Owner?, mode: mode_t) throws(WorkspaceError) {
    if let owner {
      try FileSystemCalls.retrying("change the owner of", "descriptor \(number)") {
        fchown(number, owner.user, owner.group)
      }
    }
    try FileSystemCalls.retrying("change the mode of", "descriptor \(number)") { fchmod(number, mode) }
  }
}
