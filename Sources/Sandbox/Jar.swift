internal import CSandbox

/// What one sandbox is made from: a policy, a command, and what of the host is shown to it.
public struct Jar: Sendable {
  /// A host folder or file that is shown at `destination`.
  public struct Mount: Sendable {
    public enum Kind: Sendable {
      /// Shown as it is; nothing can be written.
      case readOnly
      /// Shown as it is; writes reach the host.
      case writable
      /// Copy-on-write: `layers` from the top down are read, writes go to `upper` (with `work` beside it, overlayfs).
      case overlay(layers: [String], upper: String, work: String)
    }
    public var kind: Kind
    /// The absolute host path; for an overlay unused.
    public var source: String
    /// The absolute path inside.
    public var destination: String
    /// Whether a missing source is passed over.
    public var optional: Bool
    /// Whether what is written there counts against the disk budget, as in an overlay's upper layer. For folders that were empty.
    package var isCounted = false
    /// Whether nothing that is written to an overlay has to outlive a power cut: fsync(2) does nothing there, and the sandbox's end
    /// doesn't write to the disk all that waits on the file system of its upper layer.
    package var isVolatile = false

    public init(_ kind: Kind, source: String, destination: String? = nil, optional: Bool = false) {
      self.kind = kind
      self.source = Executable.normal(source)
      self.destination = Executable.normal(destination ?? source)
      self.optional = optional
    }
  }

  public var policy: Policy
  /// The command and its arguments; a name without `/` is looked for in `PATH` as set inside.
  public var arguments: [String]
  /// Variables beside those that every sandbox has (PATH, HOME, TMPDIR, LANG, USER, BELLJAR_WALL).
  public var environment: [String: String]
  /// The absolute working folder inside.
  public var directory: String
  public var mounts: [Mount]
  /// Symbolic links inside: path to target.
  public var links: [String: String]
  /// Limits that stand before the policy's.
  public var budget: Budget
  /// Descriptors of the caller's that the program gets, by the number (3 to 63) under which it gets them; at most 8. Nothing else that
  /// is open here is open there. A descriptor carries its rights with it, whatever the policy says: a folder's leads to the host's
  /// files.
  public var descriptors: [Int32: Int32] = [:]
  /// Further programs that the command will start, whose toolchains are shown as the command's own is.
  public var programs: [String] = []

  /// Whether a budget of cores is met by the same processors each time, and launching keeps off them, for runs that are compared; else
  /// by each in turn.
  public var keepsCores = false

  /// Whether Landlock is a second wall where the kernel has it. Without, for the benchmark that says what it costs.
  package var hasSecondWall = true

  /// Ways out of a sandbox that has a network of its own: ports of its loopback that are served from outside.
  package struct Doors: Sendable {
    package var ports: [UInt16]
    /// Gets each listening socket (TCP, 127.0.0.1) as its own, with its port, on the thread that runs the sandbox. A program that
    /// is early waits until it is served. Close it when the run has ended: the sandbox's network lives as long.
    package var serve: @Sendable (_ port: UInt16, _ socket: Int32) -> Void

    package init(ports: [UInt16], serve: @escaping @Sendable (UInt16, Int32) -> Void) {
      self.ports = ports
      self.serve = serve
    }
  }

  package var doors: Doors?

  /// An event of perf_event_open(2), by the numbers of its `type` and `config`.
  package struct Counter: Sendable, Hashable {
    package var type: UInt32
    package var config: UInt64

    package init(type: UInt32, config: UInt64) {
      self.type = type
      self.config = config
    }

    /// Instructions of programs, without the kernel's, by the processor's own counter (PERF_COUNT_HW_INSTRUCTIONS).
    package static let instructions = Counter(type: 0, config: 1)
  }

  /// What is counted in the program and in all that it starts.
  package var counter: Counter?

  /// Whether stdin is a terminal that becomes the program's own.
  var hasTerminal = false

  public init(
    policy: Policy, arguments: [String], environment: [String: String] = [:], directory: String = "/",
    mounts: [Mount] = [], links: [String: String] = [:], budget: Budget = Budget()
  ) {
    self.policy = policy
    self.arguments = arguments
    self.environment = environment
    self.directory = directory
    self.mounts = mounts
    self.links = links
    self.budget = budget
  }

  /// The passed descriptors, by their numbers inside. A dictionary's generic types take a process 0.3 ms the first time, so they
  /// are only met where something is passed.
  func passed() throws -> [(inside: Int32, outside: Int32)] {
    if descriptors.isEmpty { return [] }
    let pairs = descriptors.sorted { $0.key < $1.key }.map { (inside: $0.key, outside: $0.value) }
    for (number, _) in pairs where !(3..<Int32(BELLJAR_MAX_PASSED)).contains(number) {
      throw SandboxError("pass descriptor as", "\(number)", "the number inside must be 3 to \(BELLJAR_MAX_PASSED - 1)")
    }
    guard pairs.count <= 8 else { throw SandboxError("pass", "\(pairs.count) descriptors", "at most 8 can be passed") }
    return pairs
  }

  /// The limits that hold: the jar's own, else the policy's; and no more processors than the process's share has.
  public var limits: Budget {
    var limits = budget.merged(over: policy.budget)
    if let share = Cores.share { limits.cores = min(limits.cores ?? share.count, share.count) }
    return limits
  }
}
