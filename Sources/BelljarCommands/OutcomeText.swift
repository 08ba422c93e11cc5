internal import Glibc
internal import Sandbox
internal import Scoring

/// An outcome as a line, as JSON and as an exit code.
enum OutcomeText {
  /// The exit code of timeout(1): the command's own, 124 budget, 125 ours, 126 not executable, 127 not found.
  static func exitCode(_ outcome: Outcome) -> Int32 {
    switch outcome.reason {
    case .exited(let code): code
    case .signaled(let signal): 128 + signal
    case .deniedCall: 128 + SIGSYS
    case .cancelled: 130
    case .wallBudget, .cpuBudget, .memoryBudget, .processBudget, .diskBudget, .outputBudget: 124
    case .notStarted(let stage, let number, _):
      stage == "execve" ? (number == ENOENT || number == ENOTDIR ? 127 : 126) : 125
    }
  }

  /// What happened, with the limit that was passed.
  static func line(_ outcome: Outcome, limits: Budget) -> String {
    let limit: String? =
      switch outcome.reason {
      case .wallBudget: limits.wall.map { "limit \($0)" }
      case .cpuBudget: limits.cpu.map { "limit \($0)" }
      case .memoryBudget: limits.memory.map { "limit \($0) bytes, \(outcome.limitedBy)" }
      case .processBudget: limits.processes.map { "limit \($0), \(outcome.limitedBy)" }
      case .diskBudget: limits.disk.map { "limit \($0) bytes" }
      case .outputBudget: limits.output.map { "limit \($0) bytes" }
      default: nil
      }
    return "\(outcome.reason)" + (limit.map { ": \($0)" } ?? "")
  }

  /// The outcome as one JSON object; times in seconds, sizes in bytes.
  static func json(_ outcome: Outcome) -> String {
    var fields = ["\"reason\": \"\(outcome.reason.name)\""]
    switch outcome.reason {
    case .exited(let code): fields.append("\"exit_code\": \(code)")
    case .signaled(let signal): fields.append("\"signal\": \(signal)")
    case .deniedCall(let name): fields.append("\"call\": \(StrictJSON.quoted(name))")
    case .notStarted(let stage, let number, let advice):
      fields.append(
        "\"stage\": \(StrictJSON.quoted(stage)), \"errno\": \(number), \"advice\": \(StrictJSON.quoted(advice))")
    default: break
    }
    fields.append("\"wall\": \(outcome.wall.seconds)")
    fields.append("\"user\": \(outcome.user.seconds)")
    fields.append("\"system\": \(outcome.system.seconds)")
    fields.append("\"peak_memory\": \(outcome.peakMemory)")
    fields.append("\"processes_left\": \(outcome.leftOver)")
    let denied = outcome.denied.map {
      "{\"call\": \(StrictJSON.quoted($0.call)), \"program\": \(StrictJSON.quoted($0.program)), \"count\": \($0.count)}"
    }
    fields.append("\"denied\": [\(denied.joined(separator: ", "))]")
    fields.append("\"output_bytes\": \(outcome.outputBytes)")
    fields.append("\"limited_by\": \(StrictJSON.quoted(outcome.limitedBy))")
    return "{\(fields.joined(separator: ", "))}"
  }
}
