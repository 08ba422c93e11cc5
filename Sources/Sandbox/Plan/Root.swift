internal import CSandbox
internal import Glibc
internal import Synchronization

/// The root that every sandbox gets: /usr as the host has it, a made /etc, own /proc, /dev, /tmp and home.
struct Root {
  static let home = "/home/belljar"
  /// What the host has, looked at once for the process's life.
  private struct Host {
    let topLinks: [(path: String, target: String?)]
    let hasLoaderCache: Bool
    let etcFolders: [String]
    let localTime: String?
  }
  private static let host = Host(
    topLinks: ["/bin", "/sbin", "/lib", "/lib64", "/lib32", "/libx32"].filter { (path: String) in
      access(path, F_OK) == 0
    }
    .map { ($0, linkTarget($0)) },
    hasLoaderCache: access("/etc/ld.so.cache", R_OK) == 0,
    etcFolders: ["/etc/alternatives", "/etc/ssl/certs"].filter { folderExists($0) },
    localTime: linkTarget("/etc/localtime"))
  private static let devices = ["null", "zero", "full", "random", "urandom"]

  /// Lays the root's operations into a plan.
  static func lay(_ jar: Jar, affinity: [UInt8], into plan: inout PlanWriter) {
    let limits = jar.limits
    var shown: [String] = []
    for pattern in jar.policy.show {
      for path in matching(pattern) where !shown.contains(path) && folderExists(path) { shown.append(path) }
    }
    shown.sort()
    for path in shown { plan.bind(path, at: path, flags: 0) }
    for (path, target) in host.topLinks {
      if let target { plan.link(path, to: target) } else { plan.bind(path, at: path, flags: 0) }
    }
    layEtc(into: &plan)
    plan.proc("/proc", pidsOnly: jar.policy.proc == .pids)
    plan.folder("/dev")
    for name in devices {
      plan.bind(
        "/dev/\(name)", at: "/dev/\(name)", flags: Int(BELLJAR_BIND_FILE | BELLJAR_BIND_DEVICE | BELLJAR_BIND_WRITABLE))
    }
    if jar.hasTerminal {
      plan.bind(
        "/dev/tty", at: "/dev/tty", flags: Int(BELLJAR_BIND_FILE | BELLJAR_BIND_DEVICE | BELLJAR_BIND_WRITABLE))
    }
    for (name, target) in [
      ("fd", "/proc/self/fd"), ("stdin", "/proc/self/fd/0"), ("stdout", "/proc/self/fd/1"),
      ("stderr", "/proc/self/fd/2"),
    ] {
      plan.link("/dev/\(name)", to: target)
    }
    let disk = min(limits.disk ?? 1 << 30, limits.memory ?? .max)
    plan.scratch(bytes: max(disk, 1 << 20), inodes: max(disk / 4096, 4096))
    plan.scratch(at: "/tmp", name: "tmp", mode: 0o1777)
    plan.scratch(at: "/dev/shm", name: "shm", mode: 0o1777)
    plan.scratch(at: home, name: "home", mode: 0o700)
    plan.folder("/var")
    plan.link("/var/tmp", to: "/tmp")
    plan.folder("/run")
    plan.endLeading()
    // As they are now, so no two plans' are alike.
    if jar.policy.proc == .full { MachineFiles.lay(limits, affinity: affinity, into: &plan) }
  }

  /// The folders that a pattern such as `/etc/java-*-openjdk` stands for (glob(3)), looked for once in the process's life; a
  /// plain path is itself.
  static func matching(_ pattern: String) -> [String] {
    guard pattern.utf8.contains(UInt8(ascii: "*")) else { return [pattern] }
    return matched.withLock { known in
      if let paths = known[pattern] { return paths }
      let paths = search(pattern)
      known[pattern] = paths
      return paths
    }
  }

  private static let matched = Mutex<[String: [String]]>([:])

  private static func search(_ pattern: String) -> [String] {
    var found = glob_t()
    defer { globfree(&found) }
    guard glob(pattern, 0, nil, &found) == 0 else { return [] }
    return (0..<Int(found.gl_pathc)).compactMap { found.gl_pathv[$0].map { String(cString: $0) } }
  }

  /// What the jar shows, outermost first, so that a mount inside another finds its place.
  static func lay(mounts: [Jar.Mount], links: TextPairs, into plan: inout PlanWriter) {
    for mount in mounts.sorted(by: { depth($0.destination) < depth($1.destination) }) {
      switch mount.kind {
      case .overlay(let layers, let upper, let work):
        plan.overlay(
          at: mount.destination, layers: layers, upper: upper, work: work, isVolatile: mount.isVolatile)
      case .readOnly, .writable:
        var flags: UInt32 = 0
        if case .writable = mount.kind { flags |= UInt32(BELLJAR_BIND_WRITABLE) }
        if mount.optional { flags |= UInt32(BELLJAR_BIND_OPTIONAL) }
        if !folderExists(mount.source) { flags |= UInt32(BELLJAR_BIND_FILE) }
        plan.bind(mount.source, at: mount.destination, flags: Int(flags))
      }
    }
    for (path, target) in links.sorted { plan.link(path, to: target) }
  }

  private static func depth(_ path: String) -> Int { path.utf8.count { $0 == UInt8(ascii: "/") } }

  /// Made, not shared: the host's users, resolver and name services stay unknown.
  private static func layEtc(into plan: inout PlanWriter) {
    plan.folder("/etc")
    plan.file("/etc/passwd", "belljar:x:1000:1000:belljar:\(home):/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n")
    plan.file("/etc/group", "belljar:x:1000:\nnogroup:x:65534:\n")
    plan.file("/etc/hosts", "127.0.0.1 localhost belljar\n::1 localhost\n")
    plan.file("/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n")
    plan.file("/etc/hostname", "belljar\n")
    plan.file("/etc/resolv.conf", "")
    if host.hasLoaderCache {
      plan.bind("/etc/ld.so.cache", at: "/etc/ld.so.cache", flags: Int(BELLJAR_BIND_FILE))
    }
    for path in host.etcFolders { plan.bind(path, at: path, flags: 0) }
    if let target = host.localTime { plan.link("/etc/localtime", to: target) }
  }

  static func folderExists(_ path: String) -> Bool {
    var about = stat()
    return stat(path, &about) == 0 && about.st_mode & S_IFMT == S_IFDIR
  }

  static func linkTarget(_ path: String) -> String? {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let length = buffer.withUnsafeMutableBytes { raw in
      raw.withMemoryRebound(to: CChar.self) { chars in
        chars.baseAddress.map { readlink(path, $0, chars.count) } ?? -1
      }
    }
    return length > 0 ? String(decoding: buffer[0..<length], as: UTF8.self) : nil
  }
}
