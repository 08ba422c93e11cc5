internal import Glibc

/// Where a command's program is, and what of the host it needs to be shown.
///
/// What is shown by itself is no more than a toolchain: an installed prefix, or the program's one file. Links and `#!` lines
/// that lie in a mount may be a candidate's word, so they lead to places where version managers install and nowhere else
/// (`ToolchainFolders`); a candidate that makes its program a link into a home folder gets nothing shown.
package struct Executable {
  /// The path to execute, as seen inside.
  package private(set) var path: String
  /// Host folders, and single files, outside of the policy that the program lives in, such as a toolchain's prefix.
  package private(set) var toolchains: [String] = []
  /// Links on the way to the program that lie in none of them: path to target.
  package private(set) var links = TextPairs()
  /// Folders to put before the default PATH.
  package private(set) var searchPath: [String] = []
  /// Variables without which the program finds nothing of its own.
  package private(set) var variables = TextPairs()

  /// Whose word leads to a path.
  private enum Trust: Comparable {
    /// A link or `#!` line in a tree that candidates write: shown are version managers' folders only.
    case nobody
    /// One in a folder that the caller shows as it is, or a folder of the jar's `PATH`: the one file besides.
    case mount
    /// The caller's command or `PATH`: whole installations.
    case caller
  }

  private let jar: Jar
  private let caller: Caller

  private init(_ path: String, _ jar: Jar, _ caller: Caller) {
    self.path = path
    self.jar = jar
    self.caller = caller
  }

  /// Resolves the first word of a command: a path as it is; a name in the `PATH` that the jar sets, then in the caller's own,
  /// as their shell would, then in the default one.
  package static func resolve(_ name: String, directory: String, jar: Jar, caller: Caller = .process) -> Executable {
    var found = Executable(name, jar, caller)
    if name.contains("/") {
      found.follow(normal(name.hasPrefix("/") ? name : "\(directory)/\(name)"), trust: .caller)
    } else {
      found.find(name, trust: .caller, depth: 0)
    }
    return found
  }

  /// Adds what another program of the same run needs.
  mutating func add(_ other: Executable) {
    toolchains += other.toolchains
    links.merge(other.links)
    searchPath += other.searchPath
    variables.merge(other.variables)
  }

  /// Looks for a name; `path` stays as it is where there is none.
  private mutating func find(_ name: String, trust: Trust, depth: Int) {
    for folder in jar.environment["PATH"]?.split(separator: ":") ?? [] {
      let candidate = "\(folder)/\(name)"
      guard Self.isExecutable(jar.hostPath(candidate)) else { continue }
      if depth == 0 { path = candidate }
      return follow(candidate, trust: min(trust, .mount), depth: depth)
    }
    // What a candidate may have put into the tree is not the caller's word, though the tree may be in their PATH.
    for folder in caller.path + CallerPath.standard where !jar.isInOverlay(folder) {
      var candidate = "\(folder)/\(name)"
      guard Self.isExecutable(jar.hostPath(candidate)) else { continue }
      if let shim = VersionShim(candidate) {
        switch shim.choice(in: jar, caller) {
        case .program(let program): candidate = program
        case .later: continue
        case .none:
          // As the stand-in itself would fail; Advice says why.
          if depth == 0 { path = candidate }
          return
        }
      }
      if depth == 0 { path = candidate }
      let place = Self.parent(of: candidate)
      if !CallerPath.standard.contains(place) { searchPath.append(place) }
      if let home = caller.rustupHome(candidate) {
        toolchains += [home, place]
        variables["RUSTUP_HOME"] = home
      }
      return follow(candidate, trust: trust, depth: depth)
    }
  }

  /// Adds what has to be shown for a program, through each link on the way to it and through its `#!` line.
  private mutating func follow(_ start: String, trust: Trust, depth: Int = 0) {
    var trust = trust
    var current = start
    for _ in 0..<16 {
      let host = jar.hostPath(current)
      let isMounted = jar.isMounted(current)
      if isMounted {
        trust = min(trust, jar.isInOverlay(current) ? .nobody : .mount)
      } else {
        guard Self.isExecutable(current) else { return }
        show(current, trust: trust)
      }
      guard let target = Root.linkTarget(host) else {
        if isMounted || !jar.policy.shows(current) { followInterpreter(of: host, trust: trust, depth: depth) }
        return
      }
      current = Self.normal(target.hasPrefix("/") ? target : "\(Self.parent(of: current))/\(target)")
    }
  }

  private mutating func show(_ path: String, trust: Trust) {
    // Debian's Java has its configuration in /etc, linked from below /usr/lib/jvm.
    let java = "/etc/java-*-openjdk"
    if path.hasPrefix("/usr/lib/jvm/"), !jar.policy.show.contains(java) { toolchains += Root.matching(java) }
    if jar.policy.shows(path) { return }
    if let prefix = ToolchainFolders.prefix(of: path, isTrusted: trust == .caller, caller) {
      // A version manager may name a folder by a link and write the folder's own name into what it makes.
      for folder in [prefix, Self.real(prefix)].compactMap({ $0 }) where !toolchains.contains(folder) {
        toolchains.append(folder)
      }
    } else if trust > .nobody {
      if let target = Root.linkTarget(path) { links[path] = target } else { toolchains.append(path) }
    }
  }

  private mutating func followInterpreter(of host: String, trust: Trust, depth: Int) {
    guard depth < 3, let words = Interpreter.words(of: host), let program = words.first else { return }
    if program == "/usr/bin/env", words.count > 1, !words[1].contains("/") {
      find(words[1], trust: trust, depth: depth + 1)
    } else if program.hasPrefix("/") {
      follow(Self.normal(program), trust: trust, depth: depth + 1)
    }
  }

  static func isExecutable(_ path: String) -> Bool {
    var about = stat()
    return stat(path, &about) == 0 && about.st_mode & S_IFMT == S_IFREG && about.st_mode & 0o111 != 0
  }

  static func parent(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return "/" }
    return String(path[..<slash])
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

  /// An absolute path without `.`, `..` and empty parts.
  package static func normal(_ path: String) -> String {
    if isNormal(path) { return path }
    var parts: [Substring] = []
    for part in path.split(separator: "/") {
      if part == ".." { _ = parts.popLast() } else if part != "." { parts.append(part) }
    }
    return "/" + parts.joined(separator: "/")
  }

  /// The path without links, or nil where nothing is there (realpath(3)).
  static func real(_ path: String) -> String? {
    guard let found = realpath(path, nil) else { return nil }
    defer { free(found) }
    return String(cString: found)
  }
}

extension Jar {
  /// The host's file behind a path inside: through the innermost mount that covers it; overlays look in their layers.
  func hostPath(_ path: String) -> String {
    let path = Executable.normal(path)
    guard let covering = covering(path) else { return path }
    var rest = path.dropFirst(covering.destination.count)
    if !rest.isEmpty, !rest.hasPrefix("/") { rest = "/" + rest }
    if case .overlay(let layers, let upper, _) = covering.kind {
      for layer in [upper] + layers where Self.exists(layer + rest) { return layer + rest }
      return path
    }
    return covering.source + rest
  }

  /// The innermost mount that shows a path, which is as `Executable.normal` makes it.
  func covering(_ path: String) -> Mount? {
    mounts.filter { $0.covers(path) }.max { $0.destination.count < $1.destination.count }
  }

  func isMounted(_ path: String) -> Bool { mounts.contains { $0.covers(path) } }

  func isInOverlay(_ path: String) -> Bool {
    mounts.contains {
      guard case .overlay = $0.kind else { return false }
      return $0.covers(path)
    }
  }

  private static func exists(_ path: String) -> Bool {
    var about = stat()
    return lstat(path, &about) == 0
  }
}

extension Jar.Mount {
  fileprivate func covers(_ path: String) -> Bool {
    path == destination || path.hasPrefix(destination.hasSuffix("/") ? destination : destination + "/")
  }
}

extension Policy {
  /// Whether a path lies in what the policy shows, or in what every root has: /bin and the like, Debian's alternatives.
  func shows(_ path: String) -> Bool {
    for folder in show where path == folder || path.hasPrefix(folder + "/") { return true }
    return ["/bin/", "/sbin/", "/lib/", "/lib64/", "/etc/alternatives/"].contains { path.hasPrefix($0) }
  }
}
