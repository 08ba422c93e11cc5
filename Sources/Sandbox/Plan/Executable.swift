internal import Glibc

/// Where a command's program is, and what of the host it needs to be shown.
struct Executable {
  /// The path to execute, as seen inside.
  let path: String
  /// Host folders outside the policy that the program lives in, such as a toolchain's prefix.
  let toolchains: [String]
  /// Folders to put before the default PATH.
  let searchPath: [String]

  /// Variables without which the program finds nothing of its own.
  var variables: [String: String] = [:]

  static let defaultPath = "/usr/local/bin:/usr/bin:/bin"

  /// Resolves the first word of a command: a path as it is, a name in the fixed PATH, else in the caller's own.
  static func resolve(_ name: String, directory: String, jar: Jar) -> Executable {
    var toolchains: [String] = []
    var search: [String] = []
    func show(_ path: String) {
      for prefix in prefixes(of: path) where !isShown(prefix, jar: jar) {
        toolchains.append(prefix)
      }
    }
    if name.contains("/") {
      let host = hostPath(name.hasPrefix("/") ? name : "\(directory)/\(name)", jar: jar)
      show(host)
      return Executable(path: name, toolchains: toolchains, searchPath: [])
    }
    for folder in (jar.environment["PATH"] ?? defaultPath).split(separator: ":") {
      let path = "\(folder)/\(name)"
      if isExecutable(hostPath(path, jar: jar)) {
        show(hostPath(path, jar: jar))
        return Executable(path: path, toolchains: toolchains, searchPath: [])
      }
    }
    for folder in (getenv("PATH").map { String(cString: $0) } ?? "").split(separator: ":") where folder.hasPrefix("/") {
      let path = "\(folder)/\(name)"
      guard isExecutable(path) else { continue }
      show(path)
      search.append(String(folder))
      let home = rustup(path)
      if let home { toolchains.append(home) }
      return Executable(
        path: path, toolchains: toolchains, searchPath: search, variables: home.map { ["RUSTUP_HOME": $0] } ?? [:])
    }
    return Executable(path: name, toolchains: [], searchPath: [])
  }

  /// Where rustup keeps its toolchains, where a program is one of its stand-ins: they all are the program `rustup`, and
  /// look below the home folder, which is another one inside.
  private static func rustup(_ path: String) -> String? {
    let folder = Installation.parent(of: path)
    guard
      folder.hasSuffix("/.cargo/bin") || getenv("CARGO_HOME").map({ folder == String(cString: $0) + "/bin" }) == true,
      access("\(folder)/rustup", X_OK) == 0
    else { return nil }
    let home =
      getenv("RUSTUP_HOME").map { String(cString: $0) } ?? Installation.parent(of: Installation.parent(of: folder))
      + "/.rustup"
    return Root.folderExists(home) ? home : nil
  }

  /// The installations of each hop of a chain of links.
  private static func prefixes(of path: String) -> [String] {
    var found: [String] = []
    var current = path
    for _ in 0..<16 {
      guard access(current, F_OK) == 0 else { break }
      found += Installation.folders(of: current)
      guard let target = Root.linkTarget(current) else { break }
      current = normal(target.hasPrefix("/") ? target : "\(Installation.parent(of: current))/\(target)")
    }
    return found
  }

  /// The host's file behind a path inside: through the first mount that covers it; overlays look in their layers.
  private static func hostPath(_ path: String, jar: Jar) -> String {
    let path = normal(path)
    let covering = jar.mounts.filter { path == $0.destination || path.hasPrefix($0.destination + "/") }
      .max { $0.destination.count < $1.destination.count }
    guard let covering else { return path }
    let rest = path.dropFirst(covering.destination.count)
    if case .overlay(let layers, let upper, _) = covering.kind {
      for layer in [upper] + layers where lexists(layer + rest) { return layer + rest }
      return path
    }
    return covering.source + rest
  }

  private static func isShown(_ prefix: String, jar: Jar) -> Bool {
    let roots =
      jar.policy.show + ["/bin", "/lib", "/sbin"] + jar.mounts.map(\.destination) + jar.mounts.map(\.source)
      + jar.mounts.flatMap { mount -> [String] in
        if case .overlay(let layers, let upper, _) = mount.kind { return layers + [upper] }
        return []
      }
    return roots.contains { prefix == $0 || prefix.hasPrefix($0 + "/") }
  }

  static func isExecutable(_ path: String) -> Bool {
    var about = stat()
    return stat(path, &about) == 0 && about.st_mode & S_IFMT == S_IFREG && about.st_mode & 0o111 != 0
  }

  private static func lexists(_ path: String) -> Bool {
    var about = stat()
    return lstat(path, &about) == 0
  }

  /// Whether a path is absolute, and no part of it is empty or begins with a dot.
  private static func isNormal(_ path: String) -> Bool {
    var last: UInt8 = 0
    for byte in path.utf8 {
      if last == UInt8(ascii: "/"), byte == last || byte == UInt8(ascii: ".") { return false }
      if last == 0, byte != UInt8(ascii: "/") { return false }
      last = byte
    }
    return last != UInt8(ascii: "/") || path == "/"
  }

  /// A path without `.` and `..` parts.
  static func normal(_ path: String) -> String {
    if isNormal(path) { return path }
    var parts: [Substring] = []
    for part in path.split(separator: "/") {
      if part == ".." { _ = parts.popLast() } else if part != "." { parts.append(part) }
    }
    return "/" + parts.joined(separator: "/")
  }
}
