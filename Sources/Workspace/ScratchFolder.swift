internal import Glibc

/// A temporary folder of this process under a state folder, removed with its last holder.
///
/// It is named `scratch/PID-STARTTIME-N` and locked (`flock(2)`) as long as it is held, so that what a killed process left
/// can be told from what a living one uses, also from within another pid namespace.
package final class ScratchFolder: Sendable {
  /// The folder, mode 0700.
  package let path: String
  private let lock: Descriptor

  /// Makes a folder.
  package init(stateFolder: String) throws(WorkspaceError) {
    let scratch = "\(stateFolder)/scratch"
    try HostFolder.make(scratch, mode: 0o700)
    let process = getpid()
    guard let start = Self.startTime(process) else {
      throw WorkspaceError("read", "/proc/self/stat", because: "it has no start time", advice: "mount /proc")
    }
    var number = 0
    while true {
      let path = "\(scratch)/\(process)-\(start)-\(number)"
      if mkdir(path, 0o700) == 0 {
        let lock = try Descriptor.folder(path)
        try FileSystemCalls.retrying("lock", path) { flock(lock.number, LOCK_SH | LOCK_NB) }
        try Self.requireAttributes(lock, path)
        self.path = path
        self.lock = lock
        return
      }
      guard errno == EEXIST else { throw WorkspaceError("make the folder", path, errno: errno) }
      number += 1
    }
  }

  /// Layers lie here. A file system without user attributes takes them, and then refuses to remove or replace their folders in
  /// the middle of a try, with EIO (overlayfs.rst, "userxattr").
  private static func requireAttributes(_ folder: Descriptor, _ path: String) throws(WorkspaceError) {
    guard FileSystemCalls.setExtendedAttribute(folder.number, "user.belljar", []) != 0 else { return }
    let code = errno
    // Who holds the lock removes it with the folder; here nobody does yet.
    rmdir(path)
    throw WorkspaceError(
      "set a user attribute on", path, errno: code,
      advice: code == ENOTSUP
        ? "overlays need them: set XDG_STATE_HOME to a folder on ext4, xfs or btrfs (tmpfs has them since Linux 6.6)"
        : nil)
  }

  deinit {
    do {
      try TreeRemoval.removeTree(path)
    } catch {
      // Nobody is left to tell; `reclaim` tries again at the next start.
    }
  }

  /// Removes the folder now, and says so where that fails.
  package func remove() throws(WorkspaceError) { try TreeRemoval.removeTree(path) }

  /// Removes the folders of processes that are dead, and the objects that they were writing.
  ///
  /// - Returns: What could not be removed.
  @discardableResult
  package static func reclaim(stateFolder: String) throws(WorkspaceError) -> [WorkspaceError] {
    for folder in [stateFolder, "\(stateFolder)/\(ObjectStore.incoming)"] { try TemporaryObject.reclaim(in: folder) }
    let scratch = "\(stateFolder)/scratch"
    let names: [String]
    do throws(WorkspaceError) {
      names = try HostFolder.names(scratch)
    } catch {
      if error.errorNumber == ENOENT { return [] }
      throw error
    }
    var failures: [WorkspaceError] = []
    for name in names {
      guard let owner = owner(name) else { continue }
      if startTime(owner.process) == owner.start { continue }
      do throws(WorkspaceError) {
        if try isHeld("\(scratch)/\(name)") { continue }
        try TreeRemoval.removeTree("\(scratch)/\(name)")
      } catch {
        if error.errorNumber != ENOENT { failures.append(error) }
      }
    }
    return failures
  }

  /// The process that a name of the form `PID-STARTTIME-N` tells, and when it began; nil for another name.
  static func owner(_ name: String) -> (process: pid_t, start: UInt64)? {
    let fields = name.split(separator: "-")
    guard fields.count == 3, let process = pid_t(fields[0]), let start = UInt64(fields[1]) else { return nil }
    return (process, start)
  }

  /// Other processes that have a folder there: who works in the state folder.
  package static func holders(stateFolder: String) -> [Int32] {
    let names = (try? HostFolder.names("\(stateFolder)/scratch")) ?? []
    let living = names.compactMap(owner).filter { $0.process != getpid() && startTime($0.process) == $0.start }
    return Set(living.map(\.process)).sorted()
  }

  /// Whether some process holds the folder's lock.
  private static func isHeld(_ path: String) throws(WorkspaceError) -> Bool {
    let folder: Descriptor
    do throws(WorkspaceError) {
      folder = try Descriptor.folder(path)
    } catch {
      // Made unreadable by what ran in it: without a lock to ask, the process that is gone decides.
      if error.errorNumber == EACCES { return false }
      throw error
    }
    return flock(folder.number, LOCK_EX | LOCK_NB) == -1 && errno == EWOULDBLOCK
  }

  /// When a process began, in clock ticks since the machine did: field 22 of /proc/PID/stat. Nil where it is dead.
  static func startTime(_ process: pid_t) -> UInt64? {
    let number = open("/proc/\(process)/stat", O_RDONLY | O_CLOEXEC)
    guard number >= 0 else { return nil }
    let file = Descriptor(owning: number)
    guard let bytes = try? file.readAll(expecting: 4096, limit: 1 << 16) else { return nil }
    // The second field is the program's name in parentheses, which may hold anything, also `) `.
    guard let end = bytes.lastIndex(of: UInt8(ascii: ")")) else { return nil }
    let fields = bytes[(end + 1)...].split(separator: UInt8(ascii: " "))
    // A zombie holds nothing any more: whoever should reap it is late.
    return fields.count > 19 && !fields[0].elementsEqual("Z".utf8)
      ? UInt64(String(decoding: fields[19], as: UTF8.self)) : nil
  }
}
