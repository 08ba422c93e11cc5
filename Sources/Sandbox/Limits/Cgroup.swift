internal import Glibc
internal import Synchronization

/// One sandbox's folders in the cgroup hierarchies.
final class Cgroup: Sendable {
  let version: Cgroups.Version
  private let memory: String
  private let pids: String
  /// v1's `cpuacct`, or the v2 folder; nil where processor time isn't counted.
  private let cpu: String?
  /// What the folder was last set to, and its counters as they were last read: nothing is written or read twice.
  private struct Known {
    var memory: Int?
    var processes: Int?
    var isSet = false
    var kills = 0, refusals = 0
    var lastKills = 0, lastRefusals = 0
    var cpu = Duration.zero, lastCPU = Duration.zero
    /// v2's peak can't be reset (before Linux 6.12), so one that is no higher than before says nothing.
    var peak = 0
  }
  private let known = Mutex(Known())

  init?(_ version: Cgroups.Version, number: Int) {
    let name = "belljar-\(getpid())-\(Cgroups.startTime(of: getpid()) ?? "0")-\(number)"
    self.version = version
    switch version {
    case .v1(let memory, let pids, let cpu):
      self.memory = "\(memory)/\(name)"
      self.pids = "\(pids)/\(name)"
      self.cpu = cpu.map { "\($0)/\(name)" }
    case .v2(let folder):
      memory = "\(folder)/\(name)"
      pids = memory
      cpu = memory
    }
    for folder in folders where mkdir(folder, 0o755) != 0 && errno != EEXIST {
      remove()
      return nil
    }
  }

  /// Each folder once.
  private var folders: [String] { pids == memory ? [memory] : [memory, pids] + (cpu.map { [$0] } ?? []) }

  /// Sets the limits and takes the counters' present values for zero. False where the kernel refuses.
  func set(memory bytes: Int?, processes: Int?) -> Bool {
    let most = processes.map { "\($0 + 1)" } ?? "max"
    let isSame = known.withLock { state in
      state.kills = state.lastKills
      state.refusals = state.lastRefusals
      state.cpu = state.lastCPU
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
    case .v1: paths = taskFiles.map { ($0, O_WRONLY) }
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
  var taskFiles: [String] { folders.map { "\($0)/tasks" } }

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

  /// Processor time since the limits were set, of whatever ran here, also of children that nobody waited for; nil where it isn't
  /// counted.
  var processorTime: Duration? {
    guard let cpu else { return nil }
    let raw: Duration
    switch version {
    case .v1:
      guard let text = readText("\(cpu)/cpuacct.usage"), let value = Int(text.prefix { $0 != "\n" }) else { return nil }
      raw = .nanoseconds(value)
    case .v2: raw = .microseconds(value("usage_usec", in: "\(cpu)/cpu.stat"))
    }
    return known.withLock { state in
      state.lastCPU = raw
      return raw - state.cpu
    }
  }

  /// The most memory used since the limits were set, in bytes; nil where the kernel doesn't count it (v2 before 5.19) or can't say.
  var peak: Int? {
    let file: String
    switch version {
    case .v1: file = "memory.max_usage_in_bytes"
    case .v2: file = "memory.peak"
    }
    guard let value = number(in: file) else { return nil }
    return known.withLock { state in
      defer { state.peak = max(state.peak, value) }
      if case .v1 = version { return value }
      return value > state.peak ? value : nil
    }
  }

  /// Whether something is still charged here, more than the kernel's own rounding. Only asked of the kernel after a run that had
  /// used that much.
  var isCharged: Bool {
    let small = 4 << 20
    guard known.withLock({ $0.peak }) > small else { return false }
    switch version {
    case .v1:
      known.withLock { $0.peak = 0 }
      return number(in: "memory.usage_in_bytes") ?? 0 > small
    case .v2: return number(in: "memory.current") ?? 0 > small
    }
  }

  func remove() {
    // A folder is busy for a moment after its last process was reaped.
    for path in folders {
      for _ in 0..<50 {
        if rmdir(path) == 0 || errno != EBUSY { break }
        usleep(1000)
      }
    }
  }

  private func number(in file: String) -> Int? {
    readText("\(memory)/\(file)").flatMap { Int($0.prefix { $0 != "\n" }) }
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
