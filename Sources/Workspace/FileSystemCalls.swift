internal import CLinux
internal import Glibc

/// The system calls on files: one place, one loop around EINTR, errors as values.
enum FileSystemCalls {
  /// A handle on a name that is not opened: it can be looked at, whatever it is.
  static let openPathOnly = linux_o_path

  /// What to read: never a link, never blocking on a FIFO, never a controlling terminal.
  static let readFlags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC
  /// A folder, not through a link.
  static let folderFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC

  /// Calls until the answer is not EINTR.
  ///
  /// - Throws: ``WorkspaceError`` with the error number where the call answers -1.
  @discardableResult
  static func retrying<Answer: FixedWidthInteger>(
    _ attempted: @autoclosure () -> String, _ path: @autoclosure () -> String, _ call: () -> Answer
  ) throws(WorkspaceError) -> Answer {
    while true {
      let answer = call()
      guard answer == -1 else { return answer }
      let number = errno
      if number == EINTR { continue }
      throw WorkspaceError(attempted(), path(), errno: number)
    }
  }

  /// `openat2(2)` beneath a folder, following no link at all; answers -1 and errno as the call does.
  static func openBeneath(_ folder: Int32, _ path: [UInt8], flags: Int32) -> Int32 {
    withBytes(path) { linux_open_beneath(folder, $0, flags) }
  }

  static func extendedAttribute(_ file: Int32, _ name: String, limit: Int) -> [UInt8]? {
    var value = [UInt8](repeating: 0, count: limit)
    let count = value.withUnsafeMutableBytes { linux_get_attribute(file, name, $0.baseAddress, $0.count) }
    return count >= 0 ? Array(value[..<count]) : nil
  }

  static func setExtendedAttribute(_ file: Int32, _ name: String, _ value: [UInt8]) -> Int32 {
    value.withUnsafeBytes { linux_set_attribute(file, name, $0.baseAddress, $0.count) }
  }

  /// `ioctl(FICLONE)`: shares the blocks, where the file system can.
  static func clone(from source: Int32, to target: Int32) -> Bool { linux_clone_file(source, target) == 0 }

  static func copyRange(from source: Int32, to target: Int32, length: Int) -> Int {
    linux_copy_range(source, target, length)
  }

  /// Lends bytes as a C string.
  static func withBytes<Answer>(_ bytes: [UInt8], _ body: (UnsafePointer<CChar>) -> Answer) -> Answer {
    (bytes + [0]).withUnsafeBufferPointer { buffer in
      buffer.withMemoryRebound(to: CChar.self) { characters in
        // The closing 0 makes the array non-empty: the base address is there.
        characters.baseAddress.map(body) ?? body([0])
      }
    }
  }
}
