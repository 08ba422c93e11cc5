internal import CSandbox
internal import Glibc

/// A user's file through which the Belljar processes of a machine tell each other that one measures, and that others work.
///
/// What is told are locks on bytes of it. They belong to the open file (F_OFD_SETLK, fcntl(2)), so the kernel takes them back
/// however a process ends, and a process never sees its own. A lock to write needs a file open for writing: only the file's owner
/// can tell of a measurement. Root's file can be read by all, so others can hinder its measurements from being told, which is then
/// said; stop anybody's sandboxes they can't.
final class NoticeFile: Sendable {
  private let file: Descriptor
  private let canWrite: Bool
  /// Locked to read by each process with sandboxes that work.
  private static let work: Int64 = 0
  /// From here on a byte for each process that measures, locked to write.
  private static let measurements: Int64 = 16
  /// More than there are process numbers.
  private static let mostProcesses: Int64 = 1 << 22

  /// Opens a user's file in the first folder that has it; makes one's own where there is none. Nil where it can't be had.
  init?(of user: uid_t, in folders: [String]) {
    let isOwn = user == geteuid()
    for folder in folders {
      let path = "\(folder)/belljar-measurement-\(user)"
      let number = Self.open(path, isOwn: isOwn)
      guard number >= 0 else { continue }
      let opened = Descriptor(number)
      var about = stat()
      // In a folder that all may write to, the name could be anybody's, or another name of some other file.
      guard fstat(number, &about) == 0, about.st_mode & S_IFMT == S_IFREG, about.st_uid == user, about.st_nlink == 1
      else {
        continue
      }
      file = opened
      canWrite = isOwn
      return
    }
    return nil
  }

  private static func open(_ path: String, isOwn: Bool) -> Int32 {
    let flags = (isOwn ? O_RDWR : O_RDONLY) | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC
    let number = Glibc.open(path, flags)
    guard number < 0, errno == ENOENT, isOwn else { return number }
    // Others can read root's, whose measurements their sandboxes rest for; nobody else's.
    let mode: mode_t = geteuid() == 0 ? 0o644 : 0o600
    let made = Glibc.open(path, flags | O_CREAT | O_EXCL, mode)
    if made >= 0 { fchmod(made, mode) }
    // Another process may have made it meanwhile.
    return made < 0 && errno == EEXIST ? Glibc.open(path, flags) : made
  }

  /// Tells of a measurement of this process: by which byte, or nil where it can't.
  func announce() -> Int64? {
    guard canWrite else { return nil }
    // A process of another namespace may have the same number.
    for turn in 0..<Int64(16) {
      let byte = Self.measurements + Int64(getpid()) + turn * Self.mostProcesses
      if belljar_lock_to_write(file.number, byte) == 0 { return byte }
    }
    return nil
  }

  func withdraw(_ byte: Int64) { _ = belljar_unlock(file.number, byte) }

  /// Whether another process tells of a measurement.
  var isAnnounced: Bool { belljar_is_locked_to_write(file.number, Self.measurements, 0) > 0 }

  /// Tells that sandboxes of this process work.
  func beginWork() { _ = belljar_lock_to_read(file.number, Self.work) }

  func endWork() { _ = belljar_unlock(file.number, Self.work) }

  /// Whether another process has sandboxes that work.
  var othersWork: Bool { belljar_is_locked(file.number, Self.work, 1) > 0 }
}
