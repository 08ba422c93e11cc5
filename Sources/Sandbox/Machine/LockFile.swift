internal import CSandbox
internal import Glibc

/// A file for locks that all users of a machine can open: for flock(2) on all of it, and for locks on single bytes that belong to this
/// open file (F_OFD_SETLK, fcntl(2)). The kernel takes both back however a process ends.
///
/// It can be read by everyone and written by nobody, which is enough for flock and for locks to read.
package final class LockFile: Sendable {
  /// The folders in which such files lie: the first that lets us have one.
  package static let folders = ["/run/lock", "/var/lock", "/tmp"]

  package let path: String
  package let descriptor: Int32

  /// Opens the first of these that can be had; makes it where there is none.
  ///
  /// - Parameter action: What is tried, such as "open lock".
  package init(_ action: String, places: [String]) throws {
    var failures: [String] = []
    for place in places {
      do {
        descriptor = try Self.open(place)
        path = place
        return
      } catch { failures.append("\(error)") }
    }
    throw SandboxError(
      action, places.joined(separator: ", "),
      failures.joined(separator: "; ") + "; remove the file, or make /run/lock writable")
  }

  deinit { close(descriptor) }

  private static func open(_ path: String) throws -> Int32 {
    // In a sticky folder, O_CREAT on another user's file is refused even to root (fs.protected_regular): so first without.
    let flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC
    var file = Glibc.open(path, flags)
    if file < 0, errno == ENOENT {
      file = Glibc.open(path, flags | O_CREAT | O_EXCL, 0o444)
      // Another process may have made it meanwhile.
      if file < 0, errno == EEXIST { file = Glibc.open(path, flags) }
    }
    guard file >= 0 else { throw SandboxError("open", path, errno: errno) }
    var about = stat()
    guard fstat(file, &about) == 0, about.st_mode & S_IFMT == S_IFREG else {
      close(file)
      throw SandboxError("open", path, "it is no regular file")
    }
    // Whatever the umask was: every user must be able to open it. Only its owner can say so, and has.
    if about.st_uid == geteuid(), about.st_mode & 0o444 != 0o444 { fchmod(file, 0o444) }
    return file
  }

  /// Locks a byte to read, until this file is closed.
  package func lock(byte: Int64) throws {
    guard belljar_lock_to_read(descriptor, byte) == 0 else { throw SandboxError("lock", path, errno: errno) }
  }

  /// Whether another open file has a lock on a byte.
  package func isLocked(byte: Int64) throws -> Bool {
    let answer = belljar_is_locked(descriptor, byte, 1)
    guard answer >= 0 else { throw SandboxError("look into", path, errno: errno) }
    return answer > 0
  }
}
