internal import Glibc
internal import Synchronization

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
    var cpu = Duration.zero, lastCPU = Duration.zero
    /// v2's peak can't be reset (before Linux 6.12), so one that is no higher than before says nothing.
    var peak = 0
  }
  private let known = Mutex(Known())
  private let members: [KernelFile]
  private let usage, peakUsage, kills, refusals: KernelFile
  private let time: KernelFile?

  init?(_ version: Cgroups.Version, number: Int) {
    let name = "belljar-\(getpid())-\(Cgroups.startTime(of: getpid()) ?? "0")-\(number)"
    self.version = version
    // v1's `cpuacct`; without it, processor time isn't counted.
    let cpuFolder: String?
    switch version {
    case .v1(let memory, let pids, let cpu):
      self.memory = "\(memory)/\(name)"
      self.pids = "\(pids)/\(name)"
      cpuFolder = cpu.map { "\($0)/\(name)" }
    case .v2(let folder):
      memory = "\(folder)/\(name)"
      pids = memory
      cpuFolder = memory
    }
    let folders = pids == memory ? [memory] : [memory, pids] + (cpuFolder.map { [$0] } ?? [])
    self.folders = folders
    switch version {
    case .v1:
      members = folders.map { KernelFile("\($0)/tasks", O_WRONLY) }
      usage = KernelFile("\(memory)/memory.usage_in_bytes", O_RDONLY)
      peakUsage = KernelFile("\(memory)/memory.max_usage_in_bytes", O_RDWR)
      kills = KernelFile("\(memory)/memory.oom_control", O_RDONLY)
      time = cpuFolder.map { KernelFile("\($0)/cpuacct.usage", O_RDONLY) }
    case .v2:
      members = [KernelFile(memory, O_RDONLY | O_DIRECTORY)]
      usage = KernelFile("\(memory)/memory.current", O_RDONLY)
      peakUsage = KernelFile("\(memory)/memory.peak", O_RDONLY)
      kills = KernelFile("\(memory)/memory.events", O_RDONLY)
      time = KernelFile("\(memory)/cpu.stat", O_RDONLY)
    }
    refusals = KernelFile("\(pids)/pids.events", O_RDONLY)
    for folder in folders where mkdir(folder, 0o755) != 0 && errno != EEXIST {
      remove()
      return nil
    }
  }

  /// Each folder once.
  private let folders: [String]

  /// Whether these limits were set last.
  func holds(memory bytes: Int?, processes: Int?) -> Bool {
    known.withLock { $0.isSet && $0.memory == bytes && $0.processes == processes }
  }

  /// Sets the limits and takes the counters' present values for zero. False where the kernel refuses.
  func set(memory bytes: Int?, processes: Int?) -> Bool {
    let most = processes.map { "\($0 + 1)" } ?? "max"
    known.withLock { state in
      state.kills = state.lastKills
      state.refusals = state.lastRefusals
      state.cpu = state.lastCPU
    }
    if case .v1 = version { _ = peakUsage.write("0") }
    if holds(memory: bytes, processes: processes) { return true }
    switch version {
    case .v1:
      // With swap accounting the second file is there too; memory must not be saved by swapping. It is never the lower of the
      // two: what goes up does so in the one order, and what goes down (as from a new folder's "unlimited") in the other.
      let limit = bytes.map(String.init) ?? "-1"
      let rises = known.withLock { $0.isSet && (bytes ?? .max) > ($0.memory ?? .max) }
      if rises { _ = writeFile("\(memory)/memory.memsw.limit_in_bytes", limit) }
      guard writeFile("\(memory)/memory.limit_in_bytes", limit) else { return false }
      if !rises { _ = writeFile("\(memory)/memory.memsw.limit_in_bytes", limit) }
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

  /// The descriptors that a launch needs: a v2 folder, or v1's `tasks` files. They stay this folder's.
  /// Nil where one of them can't be opened.
  func descriptors() -> [Int32]? {
    var opened: [Int32] = []
    for member in members {
      let fd = member.descriptor
      if fd < 0 { return nil }
      opened.append(fd)
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
    let raw: Duration
    switch version {
    case .v1:
      guard let value = time?.number else { return nil }
      raw = .nanoseconds(value)
    case .v2: raw = .microseconds(time?.number(of: "usage_usec") ?? 0)
    }
    return known.withLock { state in
      state.lastCPU = raw
      return raw - state.cpu
    }
  }

  /// The most memory used since the limits were set, in bytes; nil where the kernel doesn't count it (v2 before 5.19) or can't say.
  var peak: Int? {
    guard let value = peakUsage.number else { return nil }
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
    if case .v1 = version { known.withLock { $0.peak = 0 } }
    return usage.number ?? 0 > small
  }

  func remove() { for path in folders { Self.remove(path) } }

  static func remove(_ path: String) {
    // A folder is busy for a moment after its last process was reaped.
    for _ in 0..<50 {
      if rmdir(path) == 0 || errno != EBUSY { break }
      usleep(1000)
    }
  }

  private var rawKills: Int { kills.number(of: "oom_kill") }
  private var rawRefusals: Int { refusals.number(of: "max") }
}
