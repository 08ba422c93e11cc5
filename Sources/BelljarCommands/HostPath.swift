internal import Glibc
internal import Sandbox

/// Paths as a user types them.
enum HostPath {
  /// The absolute current folder.
  static func current() throws -> String {
    guard let buffer = getcwd(nil, 0) else {
      throw SandboxError("find", "the current folder", errno: errno)
    }
    defer { free(buffer) }
    return String(cString: buffer)
  }

  /// A path made absolute against the current folder, without `.` and `..`.
  static func absolute(_ path: String) throws -> String {
    Executable.normal(path.hasPrefix("/") ? path : try current() + "/" + path)
  }

  /// Writes a text to a file, in place of what was there or behind it.
  static func write(_ text: String, to path: String, appending: Bool = false) throws {
    let fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | (appending ? O_APPEND : O_TRUNC), 0o644)
    guard fd >= 0 else { throw SandboxError("write", path, errno: errno) }
    defer { close(fd) }
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { Glibc.write(fd, $0.baseAddress, $0.count) }
      if written < 0, errno == EINTR { continue }
      guard written > 0 else { throw SandboxError("write", path, errno: errno) }
      rest = rest.dropFirst(written)
    }
  }

  /// Finds out whether `write` can write a file, without making it.
  ///
  /// - Throws: `SandboxError` that names what stands in the way.
  static func requireWritable(_ path: String) throws {
    var about = stat()
    if stat(path, &about) == 0 {
      if about.st_mode & S_IFMT == S_IFDIR { throw SandboxError("write", path, errno: EISDIR) }
      guard access(path, W_OK) == 0 else { throw SandboxError("write", path, errno: errno) }
      return
    }
    guard errno == ENOENT else { throw SandboxError("write", path, errno: errno) }
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
    guard access(folder, F_OK) == 0 else {
      throw SandboxError("write", path, "the folder \(folder) is not there; make it first")
    }
    guard access(folder, W_OK | X_OK) == 0 else { throw SandboxError("write", path, errno: errno) }
  }

  /// A mount from `SRC[:DST]`; the source must exist.
  static func mount(_ text: String, _ kind: Jar.Mount.Kind) throws -> Jar.Mount {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let source = try absolute(parts[0])
    guard access(source, F_OK) == 0 else {
      throw SandboxError("show", source, errno: errno)
    }
    return Jar.Mount(kind, source: source, destination: parts.count > 1 ? try absolute(parts[1]) : source)
  }

  /// For root: what runs inside is a user that owns nothing, so that a folder of root's stays out of its reach.
  static func warnUnlessWritable(_ path: String) {
    let identity = Identity.current
    var about = stat()
    guard identity.privileged, stat(path, &about) == 0, about.st_uid != identity.user, about.st_mode & 0o002 == 0 else {
      return
    }
    Exit.note(
      "belljar run: \(path) is shown, but only its owner can write it, and programs inside are not root; "
        + "run belljar as the owner, or give the folder to user \(identity.user)")
  }
}
