package import Digests

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Musl
#endif

/// The user's words of trust, one a line in a file that only the user can write.
///
/// A line is the digest, a space and the harness file's absolute path, in which `\` and control characters are escaped. The
/// file only grows: lines are appended in one write, so that two processes at a time lose nothing.
package struct TrustStore: Sendable {
  /// One harness that is trusted.
  package struct Entry: Sendable, Hashable {
    package let digest: Digest
    /// The path, with `\` and control characters as `\u{…}`.
    package let path: String
  }

  /// What could not be done with the file.
  package struct Problem: Error, Sendable, CustomStringConvertible {
    package let description: String
  }

  /// The file.
  package let path: String
  private let folder: String

  /// - Parameter folder: a folder of the user's outside every project, such as `$XDG_STATE_HOME/belljar`; made when needed.
  package init(folder: String) {
    self.folder = folder
    path = folder + "/trusted"
  }

  /// Whether this text at this place was trusted.
  package func isTrusted(_ digest: Digest, path: String) throws -> Bool {
    try list().contains(Entry(digest: digest, path: Self.escaped(path)))
  }

  /// Keeps the user's word.
  ///
  /// - Parameter path: the harness file's absolute path.
  package func trust(_ digest: Digest, path: String) throws {
    guard path.hasPrefix("/") else { throw Problem(description: "trust \(path): an absolute path is needed") }
    if try isTrusted(digest, path: path) { return }
    if mkdir(folder, 0o700) != 0, errno != EEXIST { throw problem("make the folder of") }
    let descriptor = open(self.path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw problem("open") }
    defer { close(descriptor) }
    try checkOwner(descriptor)
    let cut = try content().last.map { $0 != Self.newline } ?? false
    let line = Array("\(cut ? "\n" : "")\(digest) \(Self.escaped(path))\n".utf8)
    guard line.withUnsafeBytes({ write(descriptor, $0.baseAddress, $0.count) }) == line.count else {
      throw problem("write")
    }
    guard fsync(descriptor) == 0 else { throw problem("save") }
  }

  /// What is trusted, oldest first; nothing where there is no file.
  package func list() throws -> [Entry] {
    // A last line that a crash cut short has no end, and trusts nothing.
    try content().split(separator: Self.newline, omittingEmptySubsequences: false).dropLast().compactMap { line in
      guard let digest = Digest(hex: String(decoding: line.prefix(64), as: UTF8.self)), line.dropFirst(64).first == 0x20
      else { return nil }
      return Entry(digest: digest, path: String(decoding: line.dropFirst(65), as: UTF8.self))
    }
  }

  private static let newline = UInt8(ascii: "\n")

  private func content() throws -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
    guard descriptor >= 0 else {
      if errno == ENOENT { return [] }
      throw problem("open")
    }
    defer { close(descriptor) }
    try checkOwner(descriptor)
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = read(descriptor, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw problem("read") }
      if count == 0 { return bytes }
      bytes += buffer[..<count]
    }
  }

  /// Refuses a file that someone else could have written.
  private func checkOwner(_ descriptor: Int32) throws {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw problem("look at") }
    guard status.st_uid == geteuid(), status.st_mode & 0o077 == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw Problem(
        description: "\(path): others could have written this record of trust; "
          + "look at it, then `chmod 600` it or remove it")
    }
  }

  private func problem(_ action: String) -> Problem {
    Problem(description: "\(action) \(path): \(String(cString: strerror(errno)))")
  }

  private static func escaped(_ path: String) -> String {
    path.unicodeScalars.map { scalar in
      scalar == "\\" || scalar.value < 32 ? "\\u{\(String(scalar.value, radix: 16))}" : String(scalar)
    }.joined()
  }
}
