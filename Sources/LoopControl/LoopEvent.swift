package import Harness
package import Ledger
internal import Scoring

/// What a loop tells while it runs, for whoever shows it.
package enum LoopEvent: Sendable {
  /// The loop begins; what can be said of the tree beforehand.
  case began(name: String, notes: [String])
  /// The baseline is measured.
  case baseline(scores: [ScorerOutcome], seconds: Double)
  /// A try begins.
  case trying(number: Int, note: String)
  /// A pair of the objective was measured.
  case pair(number: Int, pairs: Int, ratio: Double)
  /// A try has its verdict.
  case finished(TrySummary)
  /// The loop has ended.
  case ended(LoopSummary)
}

/// One try, as it is shown and recorded.
package struct TrySummary: Sendable {
  package var number: Int
  package var verdict: Verdict
  package var reason: String
  /// What the agent said of it: the point of a search, the edit, the last line of a trace.
  package var note: String
  /// Candidate over champion.
  package var ratio: Double?
  package var low: Double?
  package var high: Double?
  package var pairs: Int?
  /// The candidate's objective.
  package var value: Double?
  package var unit: String
  package var seconds: Double
}

/// Why a loop ended.
package enum EndOfLoop: String, Sendable {
  case target, passed, iterations, wall, failures, stale, exhausted, cancelled
}

/// A loop, at its end.
package struct LoopSummary: Sendable {
  package var loop: Int64
  package var end: EndOfLoop
  package var tries: Int
  package var kept: Int
  /// Champion over baseline, measured again at the end; nil where nothing was kept or there is no objective.
  package var final: ScorerOutcome?
  /// Whether the gates pass on the champion.
  package var passes: Bool
  package var strategy: HarnessLoop.Strategy
  package var seconds: Double
  /// The hash of the last record: with it, `verify` finds any later edit.
  package var head: String

  /// A loop that improved anything has succeeded.
  package var succeeded: Bool {
    strategy == .retry ? passes : kept > 0 && final?.comparison.map { $0.answer != .worse } ?? true
  }
}
