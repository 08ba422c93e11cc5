internal import Glibc

/// Where cgroup folders can be made.
extension Cgroups {
  static func detect() -> Cgroups? {
    var lines = Fields(readFile("/proc/self/cgroup") ?? [])
    var memory: String?
    var pids: String?
    var accounting: String?
    var unified: String?
    while var line = lines.next("\n") {
      guard let hierarchy = line.next(":"), var controllers = line.next(":") else { continue }
      if hierarchy.rest == "0" { unified = line.rest }
      while let controller = controllers.next(",") {
        switch controller.rest {
        case "memory": memory = line.rest
        case "pids": pids = line.rest
        case "cpuacct": accounting = line.rest
        default: break
        }
      }
    }
    func join(_ root: String, _ path: String) -> String { path == "/" ? root : root + path }
    if let memory, let pids {
      let folders = (join("/sys/fs/cgroup/memory", memory), join("/sys/fs/cgroup/pids", pids))
      guard access(folders.0, W_OK) == 0, access(folders.1, W_OK) == 0 else { return nil }
      // A hierarchy of its own, or none: without it, time of children that nobody waits for is in no sum.
      var cpu = accounting.map { join("/sys/fs/cgroup/cpuacct", $0) }
      if let folder = cpu, access(folder, W_OK) != 0 { cpu = nil }
      for each in [folders.0, folders.1, cpu].compactMap(\.self) { sweep(each) }
      return Cgroups(.v1(memory: folders.0, pids: folders.1, cpu: cpu))
    }
    guard let unified, let folder = unifiedPlace(own: unified) else { return nil }
    sweep(folder)
    return Cgroups(.v2(folder))
  }

  /// Where folders can be made in the unified hierarchy: the caller's own cgroup, or the nearest above it that may be
  /// written and hands memory and pids down already (a user's `app.slice`; for root, the slice above the session).
  private static func unifiedPlace(own: String) -> String? {
    let root = "/sys/fs/cgroup"
    var path = own == "/" ? "" : own
    while access("\(root)\(path)/cgroup.procs", W_OK) == 0 || path == own {
      if access(root + path, W_OK) == 0, handsDown(root + path) { return root + path }
      guard let slash = path.lastIndex(of: "/") else { break }
      path = String(path[..<slash])
    }
    let folder = root + (own == "/" ? "" : own)
    guard access(folder, W_OK) == 0 else { return nil }
    if enable(folder) { return folder }
    // A cgroup with processes of its own can't hand controllers down (cgroups(7)). Where this process is alone in it, as in
    // a scope made for it, it moves down by one.
    let members = (readText("\(folder)/cgroup.procs") ?? "").split(separator: "\n")
    guard members == ["\(getpid())"] else { return nil }
    let leaf = "\(folder)/belljar-\(getpid())-\(startTime(of: getpid()) ?? "0")-self"
    guard mkdir(leaf, 0o755) == 0, writeFile("\(leaf)/cgroup.procs", "0") else {
      rmdir(leaf)
      return nil
    }
    return enable(folder) ? folder : nil
  }

  private static func handsDown(_ folder: String) -> Bool {
    Set((readText("\(folder)/cgroup.subtree_control") ?? "").split(whereSeparator: \.isWhitespace))
      .isSuperset(of: ["memory", "pids"])
  }

  private static func enable(_ folder: String) -> Bool {
    handsDown(folder) || writeFile("\(folder)/cgroup.subtree_control", "+memory +pids")
  }

  /// Removes the folders of processes that are gone.
  private static func sweep(_ folder: String) {
    for name in folderNames(folder) ?? [] where name.hasPrefix("belljar-") {
      let parts = name.split(separator: "-")
      guard parts.count == 4, let pid = Int32(parts[1]) else { continue }
      guard startTime(of: pid) != String(parts[2]) else { continue }
      // A share has the others of its process below it.
      if parts[3] == "share" { sweep("\(folder)/\(name)") }
      rmdir("\(folder)/\(name)")
    }
  }

  /// When a process was started, in clock ticks since boot (field 22 of /proc/PID/stat); with the pid it names a process.
  static func startTime(of pid: Int32) -> String? {
    // A zombie holds nothing any more: whoever should reap it is late.
    guard var fields = Fields(statisticsOf: pid), let state = fields.word(), state.rest != "Z" else { return nil }
    fields.skip(words: 18)
    return fields.word()?.rest
  }
}
