internal import Sandbox

/// What is left of a run when every process of it is dead, as far as a scorer reads it: from the run itself, or kept on the disk.
struct RunRemains: Sendable {
  /// The exit code; nil where the run did not come to one.
  var code: Int32?
  /// Whether its time was up: the wall or the processor budget.
  var ranOutOfTime: Bool
  /// How it ended, in words.
  var ended: String
  /// What it printed on stdout, from the beginning, as far as it was kept.
  var output: [UInt8]
  /// How many bytes it printed there.
  var outputCount: Int
  /// The ends of what it printed on stderr and stdout.
  var tails: [String]
  /// What helps to see why it failed, beginning with a new line; empty where there is nothing.
  var says: String
  /// `$BELLJAR_OUT` on the host, hostile content.
  var out: String
  /// What it wrote into the tree, on the host, hostile content; nil where no report lies there.
  var written: String?
}

extension ScorerRun {
  var remains: RunRemains {
    var code: Int32?
    if case .exited(let exit) = result.outcome.reason { code = exit }
    let reason = result.outcome.reason
    return RunRemains(
      code: code, ranOutOfTime: reason == .wallBudget || reason == .cpuBudget, ended: "\(result.outcome.reason)",
      output: result.output.head, outputCount: result.output.count,
      tails: [result.error, result.output].map(RunReport.tail),
      says: RunReport.why(result, result.error.count > 0 ? result.error : result.output), out: out, written: written)
  }
}
