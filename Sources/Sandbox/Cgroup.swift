internal import Glibc
internal import Synchronization

/// Where memory and process limits can be held: the v1 hierarchies, or the unified one (cgroups(7)).
///
/// Folders are made below the caller's own cgroup, named `belljar-PID-STARTTIME-N`, kept for reuse while the process
/// lives, and removed at its end; what a killed Belljar left is removed at the next start.
final class Cgroups: Sendable {
  enum Version: Sendable {
    case v1(memory: String, pids: String)
    case v2(String)
  }
  let version: Version
  private let free = Mutex<[Cgroup]>([])
  private let made = Atomic<Int>(0)

  /// The backend of this machine, or nil where no cgroup can be written (then limits are polled).
  static let shared: Cgroups? = detect()

  private init(_ version: Version) { self.version = version }

  var label: String {
    switch version {
    case .v1: "cgroup v1"
    case .v2: "cgroup v2"
    }
  }

  /// Where the folders are made.
  var place: String {
    switch version {
    case .v1(let memory, let pids): "\(memory) and \(pids)"
    case .v2(let folder): folder
    }
  }

  /// A folder with these limits, all counters as they are now taken for zero.
  func take(memory: Int?, processes: Int?) -> Cgroup? {
    let reused = free.withLock { $0.popLast() }
    guard let group = reused ?? Cgroup(version, number: made.add(1, ordering: .relaxed).newValue) else { return nil }
    guard group.set(memory: memory, processes: processes) else {
      group.remove()
      return nil
    }
    return group
  }

  /// Takes a folder back when everything in it is dead.
  func give(back group: Cgroup) { free.withLock { $0.append(group) } }

  /// Removes all folders that are not in use.
  func removeAll() {
    for group in free.withLock({ list in
      defer { list = [] }
      return list
    }) { group.remove() }
  }

  private static func detect() -> Cgroups? {
    let lines = (readText("/proc/self/cgroup") ?? "").split(separator: "\n")
    var paths: [Substring: String] = [:]
    for line in lines {
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3 else { continue }
      for controller in parts[1].split(separator: ",") { paths[controller] = String(parts[2]) }
      if parts[0] == "0" { paths["unified"] = String(parts[2]) }
    }
    func join(_ root: String, _ path: String) -> String { path == "/" ? root : root + path }
    if let memory = paths["memory"], let pids = paths["pids"] {
      let folders = (join("/sys/fs/cgroup/memory", memory), join("/sys/fs/cgroup/pids", pids))
      guard access(folders.0, W_OK) == 0, access(folders.1, W_OK) == 0 else { return nil }
      sweep(folders.0)
      sweep(folders.1)
      return Cgroups(.v1(memory: folders.0, pids: folders.1))
    }
    guard let unified = paths["unified"] else { return nil }
    guard let folder = unifiedPlace(own: unified) else { return nil }
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
    guard let stream = opendir(folder) else { return }
    defer { closedir(stream) }
    var stale: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      guard name.hasPrefix("belljar-") else { continue }
      let parts = name.split(separator: "-")
      guard parts.count == 4, let pid = Int32(parts[1]) else { continue }
      if startTime(of: pid) != String(parts[2]) { stale.append("\(folder)/\(name)") }
    }
    for path in stale { rmdir(path) }
  }

  /// When a process was started, in clock ticks since boot (field 22 of /proc/PID/stat); with the pid it names a process.
  static func startTime(of pid: Int32) -> String? {
    guard let text = readText("/proc/\(pid)/stat"), let end = text.lastIndex(of: ")") else { return nil }
    let fields = text[text.index(after: end)...].split(separator: " ")
    // A zombie holds nothing any more: whoever should reap it is late.
    return fields.count > 19 && fields[0] != "Z" ? String(fields[19]) : nil
  }
}

/// One sandbox's folders in the cgroup hierarchies.
final class Cgroup: Sendable {
  let version: Cgroups.Version
  private let memory: String
  private let pids: String
  /// What the folder was last set to, and its counters as they were last read: nothing is written or read twice.
  private struct Known {
    var memory: Int?
    var processes: Int?
    var isSet = false
    var kills = 0, refusals = 0
    var lastKills = 0, lastRefusals = 0
    /// v2's peak can't be reset (before Linux 6.12), so one that is no higher than before says nothing.
    var peak = 0
  }
  private let known = Mutex(Known())

  init?(_ version: Cgroups.Version, number: Int) {
    let name = "belljar-\(getpid())-\(Cgroups.startTime(of: getpid()) ?? "0")-\(number)"
    self.version = version
    switch version {
    case .v1(let memory, let pids):
      self.memory = "\(memory)/\(name)"
      self.pids = "\(pids)/\(name)"
    case .v2(let folder):
      self.memory = "\(folder)/\(name)"
      self.pids = self.memory
    }
    guard mkdir(self.memory, 0o755) == 0 || errno == EEXIST else { return nil }
    guard self.pids == self.memory || mkdir(self.pids, 0o755) == 0 || errno == EEXIST else {
      rmdir(self.memory)
      return nil
    }
  }

  /// Sets the limits and takes the counters' present values for zero. False where the kernel refuses.
  func set(memory bytes: Int?, processes: Int?) -> Bool {
    let most = processes.map { "\($0 + 1)" } ?? "max"
    let isSame = known.withLock { state in
      state.kills = state.lastKills
      state.refusals = state.lastRefusals
      return state.isSet && state.memory == bytes && state.processes == processes
    }
    if case .v1 = version { _ = writeFile("\(memory)/memory.max_usage_in_bytes", "0") }
    if isSame { return true }
    switch version {
    case .v1:
      // With swap accounting the second file is there too; memory must not be saved by swapping.
      guard writeFile("\(memory)/memory.limit_in_bytes", bytes.map(String.init) ?? "-1") else { return false }
      if let bytes { _ = writeFile("\(memory)/memory.memsw.limit_in_bytes", "\(bytes)") }
    case .v2:
      guard writeFile("\(memory)/memory.max", bytes.map(String.init) ?? "max") else { return false }
      _ = writeFile("\(memory)/memory.swap.max", "0")
      _ = writeFile("\(memory)/memory.oom.group", "1")
    }
    guard writeFile("\(pids)/pids.max", most) else { return false }
    known.withLock { state in
      state.memory = bytes
      state.processes = processes
      state.isSet = true
    }
    return true
  }

  /// The descriptors that a launch needs: a v2 folder, or v1's `tasks` files.
  func descriptors() -> [Descriptor]? {
    let paths: [(String, Int32)]
    switch version {
    case .v1: paths = [("\(memory)/tasks", O_WRONLY), ("\(pids)/tasks", O_WRONLY)]
    case .v2: paths = [(memory, O_RDONLY | O_DIRECTORY)]
    }
    var opened: [Descriptor] = []
    for (path, mode) in paths {
      let fd = open(path, mode | O_CLOEXEC)
      guard fd >= 0 else { return nil }
      opened.append(Descriptor(fd))
    }
    return opened
  }

  /// v1's files that a process joins by writing its id to.
  var taskFiles: [String] { ["\(memory)/tasks", "\(pids)/tasks"] }

  /// Processes killed for memory since the limits were set.
  var memoryKills: Int {
    let raw = rawKills
    return known.withLock { state in
      state.lastKills = raw
      return raw - state.kills
    }
  }

  /// Forks refused since the limits were set.
  var refusedForks: Int {
    let raw = rawRefusals
    return known.withLock { state in
      state.lastRefusals = raw
      return raw - state.refusals
    }
  }

  /// The most memory used since the limits were set, in bytes; nil where the kernel doesn't count it (v2 before 5.19) or can't say.
  var peak: Int? {
    let file: String
    switch version {
    case .v1: file = "memory.max_usage_in_bytes"
    case .v2: file = "memory.peak"
    }
    let value = readText("\(memory)/\(file)").flatMap { Int($0.split(whereSeparator: \.isWhitespace).first ?? "") }
    guard let value, case .v2 = version else { return value }
    return known.withLock { state in
      defer { state.peak = max(state.peak, value) }
      return value > state.peak ? value : nil
    }
  }

  func remove() {
    // A folder is busy for a moment after its last process was reaped.
    for path in Set([memory, pids]) {
      for _ in 0..<50 {
        if rmdir(path) == 0 || errno != EBUSY { break }
        usleep(1000)
      }
    }
  }

  private var rawKills: Int {
    switch version {
    case .v1: value("oom_kill", in: "\(memory)/memory.oom_control")
    case .v2: value("oom_kill", in: "\(memory)/memory.events")
    }
  }

  private var rawRefusals: Int { value("max", in: "\(pids)/pids.events") }

  private func value(_ key: String, in path: String) -> Int {
    for line in (readText(path) ?? "").split(separator: "\n") where line.hasPrefix(key + " ") {
      return Int(line.dropFirst(key.count + 1)) ?? 0
    }
    return 0
  }
}
