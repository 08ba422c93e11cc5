internal import CCapability
internal import CSandbox
internal import Glibc

/// A launch, fully prepared: its bytes, and what each operation was about, for messages.
struct Plan {
  let bytes: [UInt8]
  let operationPaths: [String]
  let executable: String
  /// The caller's descriptors that are passed in, by their numbers inside.
  let passed: [Int32]

  init(_ jar: Jar, filter own: [UInt64]?, cgroup2: Bool, isPolled: Bool, reportsDenials: Bool) throws {
    guard let name = jar.arguments.first, !name.isEmpty else {
      throw SandboxError("run", "an empty command", "a command is needed after '--'")
    }
    try Self.checkText(of: jar, name)
    var program = Executable.resolve(name, directory: jar.directory, jar: jar)
    // What a script makes in the sandbox's own /tmp is not the host's file of that name.
    for other in jar.programs where !other.hasPrefix("/tmp/") {
      program.add(Executable.resolve(other, directory: jar.directory, jar: jar))
    }
    let search = CallerPath.inside(toolchains: program.searchPath, policy: jar.policy, caller: .process)
    var writer = PlanWriter()
    let limits = jar.limits
    try limits.check()
    let affinity = limits.cores.map(jar.keepsCores ? Cores.last : Cores.next) ?? []
    Root.lay(jar, affinity: affinity, into: &writer)
    // With the mounts, so that a toolchain below /tmp isn't hidden by the sandbox's own.
    var toolchains: [String] = []
    for path in program.toolchains
    where !toolchains.contains(path) && !jar.mounts.contains(where: { $0.destination == path }) {
      toolchains.append(path)
    }
    var links = TextPairs()
    for (path, target) in jar.links { links[path] = target }
    for (path, target) in program.links.all where !toolchains.contains(where: { path.hasPrefix($0 + "/") }) {
      links[path] = target
    }
    Root.lay(
      mounts: jar.mounts + toolchains.sorted().map { Jar.Mount(.readOnly, source: $0) }, links: links, into: &writer)
    writer.folder(jar.directory)
    operationPaths = writer.operationPaths
    executable = program.path
    guard writer.operations.count <= Int(BELLJAR_MAX_OPERATIONS) else {
      throw SandboxError("run", name, "more than \(BELLJAR_MAX_OPERATIONS) paths to show")
    }
    let filter =
      try own
      ?? FilterCache.filter(
        groups: jar.policy.calls + (limits.cores == nil ? [] : ["-sched_setaffinity"]))
    var flags: UInt32 = 0
    if jar.policy.network == .open { flags |= UInt32(BELLJAR_PLAN_HOST_NETWORK) }
    if !Identity.current.privileged { flags |= UInt32(BELLJAR_PLAN_DENY_SETGROUPS) }
    if reportsDenials { flags |= UInt32(BELLJAR_PLAN_REPORT_DENIALS) }
    if Self.hasLandlock, jar.hasSecondWall { flags |= UInt32(BELLJAR_PLAN_LANDLOCK) }
    // Beside a share of the machine there are other loops.
    if jar.keepsCores, !affinity.isEmpty, Cores.share == nil { flags |= UInt32(BELLJAR_PLAN_ASIDE) }
    if jar.hasTerminal { flags |= UInt32(BELLJAR_PLAN_TERMINAL) }
    let passed = try jar.passed()
    self.passed = passed.map(\.outside)
    if let doors = jar.doors {
      guard jar.policy.network != .open else {
        throw SandboxError(
          "open a door in", "the host's network", "only a sandbox with a network of its own can have one")
      }
      guard doors.ports.count <= Int(BELLJAR_MAX_LISTENS), Set(doors.ports).count == doors.ports.count,
        !doors.ports.contains(0)
      else {
        throw SandboxError("open doors at", "\(doors.ports)", "at most \(BELLJAR_MAX_LISTENS) ports, none twice")
      }
    }
    if cgroup2 { flags |= UInt32(BELLJAR_PLAN_CGROUP2) }
    bytes = writer.finish(
      PlanWriter.Rest(
        executable: program.path, arguments: jar.arguments,
        environment: Self.environment(
          jar, search: search, variables: program.variables, limits: limits),
        directory: jar.directory,
        filter: reportsDenials ? Denials.notifying(filter) : filter,
        limits: Self.resourceLimits(limits, isPolled: isPolled),
        identity: .current, lastCapability: UInt32(max(0, Int(cap_max_bits()) - 1)), flags: flags,
        affinity: affinity,
        passed: passed.map { UInt32($0.inside) },
        listens: (jar.doors?.ports ?? []).map(UInt32.init), counter: jar.counter))
  }

  /// Looked at once: where the kernel has none, or a sandbox around us refuses it, the other walls stand alone.
  private static let hasLandlock = belljar_landlock_version() > 0

  private static func checkText(of jar: Jar, _ name: String) throws {
    var isSound = true
    for text in jar.arguments where text.utf8.contains(0) { isSound = false }
    for (name, value) in jar.environment where name.utf8.contains(0) || value.utf8.contains(0) { isSound = false }
    if !isSound { throw SandboxError("run", name, "an argument or variable holds a NUL byte") }
  }

  private static func environment(
    _ jar: Jar, search: String, variables: TextPairs, limits: Budget
  ) -> [String] {
    var values = TextPairs()
    values["PATH"] = search
    values["HOME"] = Root.home
    values["TMPDIR"] = "/tmp"
    values["LANG"] = "C.UTF-8"
    values["USER"] = "belljar"
    values["SWIFT_BACKTRACE"] = "enable=no"
    if let wall = limits.wall {
      let milliseconds = wall.nanoseconds / 1_000_000
      values["BELLJAR_WALL"] =
        milliseconds % 1000 == 0 ? "\(milliseconds / 1000)" : "\(Double(milliseconds) / 1000)"
    }
    if jar.policy.proc == .full, let memory = limits.memory {
      // A JVM asks sysinfo(2), which shows the machine's memory; it takes a quarter of this for its heap.
      values["JAVA_TOOL_OPTIONS"] = "-XX:MaxRAM=\(memory)"
    }
    values.merge(variables)
    for (name, value) in jar.environment { values[name] = value }
    return values.lines
  }

  /// rlimits hold what they can by themselves: they are the second wall behind cgroups and the monitor.
  private static func resourceLimits(_ budget: Budget, isPolled: Bool) -> [belljar_limit] {
    func limit(_ resource: Int32, _ value: Int) -> belljar_limit {
      belljar_limit(resource: UInt32(resource), reserved: 0, soft: UInt64(value), hard: UInt64(value))
    }
    // RLIMIT_NPROC counts per user namespace since Linux 5.14; the init is one of them. Somewhat above the budget, so
    // that the cgroup sees the budget pass and can name it; far above where that is left to a look now and then: a bomb
    // that can't fork any more may be gone before the next.
    let processes = budget.processes ?? 1024
    // No core files: under 1, unlike under 0, the kernel doesn't start the handler of a piped core_pattern either (core(5)).
    var limits = [
      limit(Resource.core, 1), limit(Resource.lockedMemory, 65536), limit(Resource.nice, 0),
      limit(Resource.realTime, 0), limit(Resource.messageQueues, 819_200), limit(Resource.pendingSignals, 4096),
      limit(Resource.processes, isPolled ? processes * 2 + 64 : processes + 16),
    ]
    // More than the caller may have itself can't be given.
    var most = rlimit()
    getrlimit(__rlimit_resource_t(UInt32(Resource.openFiles)), &most)
    limits.append(limit(Resource.openFiles, min(budget.openFiles ?? 1024, Int(clamping: most.rlim_max))))
    if let size = budget.fileSize ?? budget.disk { limits.append(limit(Resource.fileSize, size)) }
    return limits
  }
}

/// The numbers of setrlimit(2) on Linux; glibc's own are of a type that differs between its versions.
private enum Resource {
  static let fileSize: Int32 = 1
  static let core: Int32 = 4
  static let processes: Int32 = 6
  static let openFiles: Int32 = 7
  static let lockedMemory: Int32 = 8
  static let pendingSignals: Int32 = 11
  static let messageQueues: Int32 = 12
  static let nice: Int32 = 13
  static let realTime: Int32 = 14
}
