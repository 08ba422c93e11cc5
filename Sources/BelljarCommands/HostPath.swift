internal import Glibc
internal import Sandbox

/// Paths as a user types them.
enum HostPath {
  /// The absolute current folder.
  static func current() throws -> String {
    guard let buffer = getcwd(nil, 0) else {
      throw SandboxError("find", "the current folder", String(cString: strerror(errno)))
    }
    defer { free(buffer) }
    return String(cString: buffer)
  }

  /// A path made absolute against the current folder, without `.` and `..`.
  static func absolute(_ path: String) throws -> String {
    let full = path.hasPrefix("/") ? path : try current() + "/" + path
    var parts: [Substring] = []
    for part in full.split(separator: "/") {
      if part == ".." { _ = parts.popLast() } else if part != "." { parts.append(part) }
    }
    return "/" + parts.joined(separator: "/")
  }

  /// A mount from `SRC[:DST]`; the source must exist.
  static func mount(_ text: String, _ kind: Jar.Mount.Kind) throws -> Jar.Mount {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let source = try absolute(parts[0])
    guard access(source, F_OK) == 0 else {
      throw SandboxError("show", source, String(cString: strerror(errno)))
    }
    return Jar.Mount(kind, source: source, destination: parts.count > 1 ? try absolute(parts[1]) : source)
  }
}
