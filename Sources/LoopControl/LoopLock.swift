internal import Glibc
internal import Sandbox

/// One loop a checkout at a time, by a lock that a crash releases (flock(2)).
///
/// The file says who holds it. It is empty until the holder has put old requests away, so that a request is never made to a loop
/// that is about to forget it.
package final class LoopLock {
  private let descriptor: Int32

  /// Takes the lock of a state folder.
  ///
  /// - Throws: ``LoopIsRunning`` where another process holds it.
  package init(_ folder: String) throws {
    let path = Self.path(folder)
    // Ours only when all is done: before that a throw doesn't come to deinit.
    let opened = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard opened >= 0 else { throw SandboxError("open", path, errno: errno) }
    // Who asks for the holder shares it for a moment, and a child that is just being started has a copy until its execve: a fifth of a
    // second tells them from a loop.
    var tries = 0
    while flock(opened, LOCK_EX | LOCK_NB) != 0 {
      let number = errno
      tries += 1
      if number == EWOULDBLOCK, tries <= 100 {
        usleep(2000)
        continue
      }
      close(opened)
      throw number == EWOULDBLOCK
        ? LoopIsRunning(process: Self.holder(folder)) : SandboxError("lock", path, errno: number)
    }
    do {
      guard ftruncate(opened, 0) == 0 else { throw SandboxError("empty", path, errno: errno) }
      try LoopRequests(folder: folder).clear()
      let name = Array("\(getpid())\n".utf8)
      guard pwrite(opened, name, name.count, 0) == name.count else {
        throw SandboxError("write", path, errno: errno)
      }
    } catch {
      close(opened)
      throw error
    }
    descriptor = opened
  }

  deinit { close(descriptor) }

  /// The process that runs a loop on the checkout of this state folder; nil where none does.
  package static func holder(_ folder: String) -> Int32? {
    let descriptor = open(path(folder), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    guard flock(descriptor, LOCK_SH | LOCK_NB) != 0 else { return nil }
    var bytes = [UInt8](repeating: 0, count: 16)
    let count = pread(descriptor, &bytes, bytes.count, 0)
    guard count > 1 else { return nil }
    return Int32(String(decoding: bytes[..<(count - 1)], as: UTF8.self))
  }

  private static func path(_ folder: String) -> String { "\(folder)/loop.lock" }
}

/// Why a loop can't begin, or its record can't be changed by hand.
package struct LoopIsRunning: Error, CustomStringConvertible {
  /// The process; nil where it is just beginning.
  package let process: Int32?

  package init(process: Int32?) { self.process = process }

  package var description: String {
    "a loop runs on this checkout\(process.map { " (process \($0))" } ?? ""); `belljar status` shows it, `belljar cancel` ends it"
  }
}
