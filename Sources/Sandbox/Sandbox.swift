internal import CSandbox
internal import Glibc
internal import Synchronization

/// Runs jars: policy, plan, launch, outcome. One value serves any number of runs, from any number of threads.
public final class Sandbox: Sendable {
  /// What a program reads on stdin. Always through a pipe: a descriptor of the caller's own is never passed in, because
  /// /proc/self/fd would let the program open the file behind it anew, for writing.
  public enum Input: Sendable {
    case none
    case bytes([UInt8])
    /// Pumped from this descriptor, which stays the caller's.
    case descriptor(Int32)
  }

  /// One of a program's two output streams.
  public enum Stream: Sendable { case output, error }

  /// Where a program's output goes.
  public enum Output: Sendable {
    /// Kept, at most this many bytes of each stream's beginning.
    case captured(keep: Int)
    /// Passed on to these descriptors as it comes, and counted.
    case passed(output: Int32, error: Int32)
    /// Handed over as it comes, in pieces of at most 64 KiB, on the thread that runs the sandbox: while the closure works the
    /// program waits, once its pipe is full. The bytes are valid only during the call.
    case handed(@Sendable (Stream, UnsafeRawBufferPointer) -> Void)
    /// Kept as `captured` does, and handed over as it comes.
    case watched(keep: Int, @Sendable (Stream, UnsafeRawBufferPointer) -> Void)
  }

  /// An outcome with what was captured.
  public struct Result: Sendable {
    public var outcome: Outcome
    public var output = CapturedStream()
    public var error = CapturedStream()
    /// What can be done about a failure (`FailureAdvice`); filled by who asks.
    package var advice: [String] = []
  }

  let launcher: Launcher
  /// Whose measurements its sandboxes rest for; nil for nobody's.
  let notice: MeasurementNotice?
  /// For what has the host's network; made when it is first needed.
  private let openLauncher = Mutex<Launcher?>(nil)

  /// Prepares to run jars through a launcher process of its own.
  public convenience init() throws { try self.init(restingFor: nil) }

  /// The same; its sandboxes rest while another process measures.
  package init(restingFor notice: MeasurementNotice?) throws {
    self.notice = notice
    // Before there is a second process: a place among the cgroups may be had only while this one is alone in its own.
    _ = Cgroups.shared
    launcher = try Launcher(keepsNetworks: true)
  }

  /// Prepares to run a jar from a process that has one thread, holds no secrets, and will soon end: its launcher is a fork of it.
  public convenience init(forked: Void) throws { try self.init(forked: (), restingFor: nil) }

  /// The same; its sandbox rests while another process measures.
  package init(forked: Void, restingFor notice: MeasurementNotice?) throws {
    launcher = try Launcher(forked: ())
    self.notice = notice
  }

  deinit {
    // The launcher leaves while the folders go.
    launcher.hangUp()
    Cgroups.shared?.removeAll()
  }

  /// Runs a jar to its end. Returns when every process inside is dead.
  public func run(
    _ jar: Jar, input: Input = .none, output: Output = .captured(keep: 1 << 20), cancellation: Cancellation? = nil
  ) throws -> Result {
    try run(jar, output: output, cancellation: cancellation) { try Pipes(input: input) }
  }

  /// Runs a jar in a terminal of its own, joined to the caller's, which is taken over meanwhile.
  ///
  /// - Parameter terminal: An open descriptor of a terminal, such as 0. Output goes there too.
  public func run(_ jar: Jar, terminal: Int32, cancellation: Cancellation? = nil) throws -> Result {
    let own = try Terminal(outer: terminal)
    defer { own.restore() }
    var jar = jar
    jar.hasTerminal = true
    return try run(jar, output: .passed(output: terminal, error: terminal), cancellation: cancellation) {
      Pipes(terminal: own)
    }
  }

  private func run(
    _ jar: Jar, output: Output, cancellation: Cancellation?, pipes: () throws -> Pipes
  ) throws -> Result {
    let result = try attempt(jar, pipes: pipes(), output: output, cancellation: cancellation)
    guard Self.lacksListener(result) else { return result }
    Self.reportsDenials.store(false, ordering: .relaxed)
    return try attempt(jar, pipes: pipes(), output: output, cancellation: cancellation)
  }

  /// Whether filters tell of what they deny: until the kernel refuses.
  static let reportsDenials = Atomic<Bool>(true)

  /// Whether a run failed because of its filter's listener. One listener a process: within another sandbox that has one, denials go
  /// unreported.
  static func lacksListener(_ result: Result) -> Bool {
    guard case .notStarted("seccomp", EBUSY, _) = result.outcome.reason else { return false }
    return reportsDenials.load(ordering: .relaxed)
  }

  func attempt(_ jar: Jar, pipes: Pipes, output: Output, cancellation: Cancellation?) throws -> Result {
    try attempt(
      jar, filter: nil, pipes: pipes, output: output, cancellation: cancellation, listener: Denials.init)
  }

  /// - Parameter filter: In place of the policy's own.
  func attempt(
    _ jar: Jar, filter: [UInt64]?, pipes: Pipes, output: Output, cancellation: Cancellation?,
    listener: @escaping (Int32) -> any FilterListener
  ) throws -> Result {
    let limits = jar.limits
    // Somebody sits at a terminal.
    let rest = jar.hasTerminal ? nil : notice.map { SandboxRest($0, unless: cancellation) }
    let mountPoints = MountPoints(jar)
    defer { mountPoints.remove() }
    let group = Cgroups.shared?.take(memory: limits.memory, processes: limits.processes)
    defer { if let group { Cgroups.shared?.give(back: group) } }
    let groupDescriptors = group?.descriptors() ?? []
    var isVersion2 = false
    if case .v2? = Cgroups.shared?.version, !groupDescriptors.isEmpty { isVersion2 = true }
    let plan = try Plan(
      jar, filter: filter, cgroup2: isVersion2, isPolled: groupDescriptors.isEmpty,
      reportsDenials: Self.reportsDenials.load(ordering: .relaxed))
    var pair: [Int32] = [-1, -1]
    guard socketpair(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue | SOCK_CLOEXEC.rawValue), 0, &pair) == 0 else {
      throw SandboxError("socketpair", "session", errno: errno)
    }
    let session = Descriptor(pair[0])
    var far: Descriptor? = Descriptor(pair[1])
    var descriptors = [pair[1]] + pipes.inside
    if isVersion2 { descriptors += groupDescriptors }
    descriptors += plan.passed
    if !isVersion2 { descriptors += groupDescriptors }
    let monitor = Monitor(
      session: session, pipes: pipes, limits: limits, group: groupDescriptors.isEmpty ? nil : group, output: output,
      cancellation: cancellation, disks: Self.disks(of: jar), doors: jar.doors, rest: rest,
      listener: listener)
    // Only the numbers are used from here on: the owners must not be released before they were handed over.
    defer { withExtendedLifetime((group, far)) {} }
    let chosen = jar.policy.network == .open && launcher.keepsNetworks ? try forHostNetwork() : launcher
    try chosen.submit(plan.bytes, descriptors: descriptors)
    far = nil
    pipes.closeInside()
    var result = try monitor.watch()
    if case .notStarted(let stage, let number, _) = result.outcome.reason {
      result.outcome.reason = .notStarted(
        stage: stage, errno: number,
        advice: Advice.text(
          stage: stage, errno: number, operation: monitor.failedOperation, plan: plan, jar: jar))
    }
    return result
  }

  private func forHostNetwork() throws -> Launcher {
    try openLauncher.withLock { kept in
      let launcher = try kept ?? Launcher(keepsNetworks: false)
      kept = launcher
      return launcher
    }
  }

  /// What holds the disk budget where writes go to the host's disk.
  private static func disks(of jar: Jar) -> [DiskWatch] {
    guard let bytes = jar.limits.disk else { return [] }
    return jar.mounts.compactMap { mount in
      switch mount.kind {
      case .overlay(_, let upper, _): DiskWatch(folder: upper, bytes: bytes)
      case .writable where mount.isCounted: DiskWatch(folder: mount.source, bytes: bytes)
      case .writable, .readOnly: nil
      }
    }
  }

  /// The plan of a jar and the cgroup files that it joins, for a program that launches the same without this library.
  package static func twinPlan(_ jar: Jar) throws -> (plan: [UInt8], tasks: [String]) {
    let limits = jar.limits
    guard let group = Cgroups.shared?.take(memory: limits.memory, processes: limits.processes), case .v1 = group.version
    else { return (try Plan(jar, filter: nil, cgroup2: false, isPolled: true, reportsDenials: true).bytes, []) }
    return (try Plan(jar, filter: nil, cgroup2: false, isPolled: false, reportsDenials: true).bytes, group.taskFiles)
  }

  /// Removes what is kept between runs; for a process that ends without releasing its sandboxes.
  public static func cleanUp() { Cgroups.shared?.removeAll() }
}
