internal import Glibc
internal import Sandbox

/// Files of the host that the user named.
package enum FileText {
  /// The text of a file; nil where there is none. Bytes that are no UTF-8 come out as replacement characters.
  static func read(_ path: String) -> String? {
    guard isFile(path), let bytes = readFile(path, most: .max) else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }

  static func isFile(_ path: String) -> Bool {
    var about = stat()
    return stat(path, &about) == 0 && about.st_mode & S_IFMT == S_IFREG
  }

  /// Puts a file in the place of another at once: a process that is killed meanwhile leaves the old one.
  package static func replace(_ path: String, with bytes: [UInt8]) throws {
    var template = Array("\(path).XXXXXX".utf8CString)
    let fd = mkstemp(&template)
    guard fd >= 0 else { throw SandboxError("write", path, errno: errno) }
    defer { close(fd) }
    var rest = bytes[...]
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { write(fd, $0.baseAddress, $0.count) }
      if written < 0, errno == EINTR { continue }
      guard written > 0 else { break }
      rest = rest.dropFirst(written)
    }
    guard rest.isEmpty, rename(template, path) == 0 else {
      let number = errno
      unlink(template)
      throw SandboxError("write", path, errno: number)
    }
  }
}
