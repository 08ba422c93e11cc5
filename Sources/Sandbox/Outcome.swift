/// Why a sandbox ended.
public enum EndReason: Sendable, Hashable {
  /// The main process ended with this exit code.
  case exited(Int32)
  /// The main process was ended by this signal, and no budget was the cause.
  case signaled(Int32)
  case wallBudget
  case cpuBudget
  case memoryBudget
  case processBudget
  case diskBudget
  case outputBudget
  /// The main process was killed for a system call of a foreign architecture.
  case deniedCall(String)
  /// The caller asked for the end.
  case cancelled
  /// The sandbox could not be made as asked, so nothing ran.
  case notStarted(stage: String, errno: Int32, advice: String)
}

/// A system call that was denied to a program.
public struct DeniedCalls: Sendable, Hashable {
  /// The call's name, such as `keyctl`.
  public var call: String
  /// The program, as /proc/PID/comm has it: at most 15 bytes, which it can choose itself.
  public var program: String
  /// How often.
  public var count: Int

  public init(call: String, program: String, count: Int) {
    self.call = call
    self.program = program
    self.count = count
  }
}

/// What a sandbox did, as measured from outside of it.
public struct Outcome: Sendable {
  /// Why it ended.
  public var reason: EndReason
  /// From just before execve to the main process's end; to the kill where a budget ended it.
  public var wall: Duration = .zero
  /// How long it was stopped because another process measured: in no other time, and in no budget.
  public var rested: Duration = .zero
  /// User time of the whole tree.
  public var user: Duration = .zero
  /// System time of the whole tree.
  public var system: Duration = .zero
  /// The most memory in use: of the tree where a cgroup counts it, else of its largest process. Bytes.
  public var peakMemory = 0
  /// What the jar's counter has counted; nil where it had none, or didn't count all the time.
  package var counted: UInt64?
  /// Processes that were alive when the main process ended, and were killed.
  public var leftOver = 0
  /// System calls that the filter denied, the most frequent first; empty also where the kernel can't tell.
  public var denied: [DeniedCalls] = []
  /// Bytes that came on stdout and stderr.
  public var outputBytes = 0
  /// What held the memory and process limits, such as `cgroup v1` or `polled`.
  public var limitedBy = ""

  /// The denied calls in one line, such as `denied: keyctl (python3, 3 times)`; empty where there were none.
  public var deniedText: String {
    guard !denied.isEmpty else { return "" }
    let shown = denied.prefix(5).map { "\($0.call) (\($0.program), \($0.count == 1 ? "once" : "\($0.count) times"))" }
    return "denied: " + shown.joined(separator: ", ") + (denied.count > 5 ? " and \(denied.count - 5) more" : "")
  }

  /// Whether the program ran and exited with 0.
  public var succeeded: Bool { reason == .exited(0) }
}

extension EndReason: CustomStringConvertible {
  /// The reason's name, as reports and the record show it.
  public var name: String {
    switch self {
    case .exited: "exited"
    case .signaled: "signaled"
    case .wallBudget: "wallBudget"
    case .cpuBudget: "cpuBudget"
    case .memoryBudget: "memoryBudget"
    case .processBudget: "processBudget"
    case .diskBudget: "diskBudget"
    case .outputBudget: "outputBudget"
    case .deniedCall: "deniedCall"
    case .cancelled: "cancelled"
    case .notStarted: "notStarted"
    }
  }

  /// One line for people.
  public var description: String {
    switch self {
    case .exited(let code): "exited with \(code)"
    case .signaled(let signal): "ended by signal \(signal)"
    case .wallBudget: "ran out of time (wall budget)"
    case .cpuBudget: "ran out of processor time (cpu budget)"
    case .memoryBudget: "ran out of memory (memory budget)"
    case .processBudget: "made too many processes (process budget)"
    case .diskBudget: "wrote too much (disk budget)"
    case .outputBudget: "printed too much (output budget)"
    case .deniedCall(let name): "was killed for a denied system call (\(name))"
    case .cancelled: "was cancelled"
    case .notStarted(let stage, let number, let advice):
      "could not be started: \(stage): \(errorText(number))" + (advice.isEmpty ? "" : "; \(advice)")
    }
  }
}
