internal import Harness
internal import Ledger
internal import Sandbox
internal import Scoring

/// Evaluations as the ledger's records.
enum RecordText {
  /// - Parameter kept: What a text becomes before it is stored.
  static func runs(_ reports: [RunReport], kept: (String) -> String) -> [RunRecord] {
    var counts: [String: Int] = [:]
    return reports.map { report in
      let key = "\(report.step) \(report.side)"
      defer { counts[key, default: 0] += 1 }
      let outcome = report.outcome
      var code: Int?
      if case .exited(let value) = outcome.reason { code = Int(value) }
      return RunRecord(
        step: report.step, side: RunRecord.Side(rawValue: report.side) ?? .candidate, ordinal: counts[key] ?? 0,
        outcome: outcome.reason.name, exitCode: code, wallMicroseconds: Int64(outcome.wall.nanoseconds / 1000),
        userMicroseconds: Int64(outcome.user.nanoseconds / 1000),
        systemMicroseconds: Int64(outcome.system.nanoseconds / 1000), peakMemory: Int64(outcome.peakMemory),
        processesLeft: outcome.leftOver, stdoutTail: kept(report.outputTail), stderrTail: kept(report.errorTail),
        stdoutDigest: report.outputDigest)
    }
  }

  static func score(_ outcome: ScorerOutcome, kept: (String) -> String) -> ScoreRecord {
    let metrics = outcome.metrics.sorted { $0.key < $1.key }
      .map { "\"\($0.key.replacingControls)\": \($0.value)" }.joined(separator: ", ")
    return ScoreRecord(
      scorer: outcome.scorer.name, role: outcome.scorer.role.rawValue, channel: outcome.channel.rawValue,
      value: outcome.value, unit: outcome.unit.isEmpty ? nil : outcome.unit,
      answer: outcome.comparison?.answer.rawValue, passed: outcome.passed, explanation: kept(outcome.explanation),
      metrics: metrics.isEmpty ? nil : "{\(metrics)}",
      output: outcome.failingOutput.isEmpty ? nil : kept(outcome.failingOutput))
  }

  /// A score from its record, as far as prompts and rules need it.
  static func outcome(_ record: ScoreRecord, _ scorer: HarnessScorer) -> ScorerOutcome {
    var outcome = ScorerOutcome(
      scorer: scorer, channel: Channel(rawValue: record.channel) ?? .inside, value: record.value,
      unit: record.unit ?? "", passed: record.passed, explanation: record.explanation ?? "")
    outcome.failingOutput = record.output ?? ""
    return outcome
  }
}

extension String {
  /// A name for a JSON key: quotes, backslashes and control characters become `_`.
  fileprivate var replacingControls: String {
    String(map { $0 == "\"" || $0 == "\\" || $0.unicodeScalars.contains { $0.value < 32 } ? "_" : $0 })
  }
}
