package import Harness
package import Ledger

/// What a loop tells while it runs, for whoever shows it.
package enum LoopEvent: Sendable {
  /// The loop begins; what can be said of the tree beforehand.
  case began(name: String, notes: [String])
  /// The baseline is measured.
  case baseline(scores: [ScorerOutcome], seconds: Double)
  /// What a step of an agent does now.
  case agent(number: Int, step: String, String)
  /// An account's limit is waited for, so long.
  case limited(number: Int, seconds: Double, why: String)
  /// A try begins.
  case trying(number: Int, note: String)
  /// A pair of the objective was measured.
  case pair(number: Int, pairs: Int, ratio: Double)
  /// A try has its verdict.
  case finished(TrySummary)
  /// A loop that was cut short goes on, with this try.
  case resumed(loop: Int64, number: Int, spent: Double)
  /// Another terminal asked for a pause, or for its end.
  case paused, continued
  /// The champion was measured against the baseline once more.
  case checked(number: Int, ChampionCheck)
  /// Something that will keep the loop from coming to much.
  case warned(String)
  /// The state folder held too much: the contents of so many candidates that were not kept are gone.
  case madeRoom(candidates: Int)
  /// The loop has ended.
  case ended(LoopSummary)
}

extension LoopEvent {
  /// The same without what `strike` takes out of its texts: they come from what ran inside.
  func struck(by strike: (String) -> String) -> LoopEvent {
    switch self {
    case .began, .pair, .resumed, .paused, .continued, .madeRoom: return self
    case .baseline(let scores, let seconds):
      return .baseline(scores: scores.map { $0.struck(by: strike) }, seconds: seconds)
    case .agent(let number, let step, let text): return .agent(number: number, step: step, strike(text))
    case .limited(let number, let seconds, let why):
      return .limited(number: number, seconds: seconds, why: strike(why))
    case .trying(let number, let note): return .trying(number: number, note: strike(note))
    case .warned(let text): return .warned(strike(text))
    case .finished(var summary):
      summary.reason = strike(summary.reason)
      summary.note = strike(summary.note)
      return .finished(summary)
    case .checked(let number, let check): return .checked(number: number, check.struck(by: strike))
    case .ended(var summary):
      summary.final = summary.final?.struck(by: strike)
      return .ended(summary)
    }
  }
}

extension ChampionCheck {
  fileprivate func struck(by strike: (String) -> String) -> ChampionCheck {
    var copy = self
    copy.losses = losses.map(strike)
    copy.obstacle = obstacle.map(strike)
    copy.objective = objective?.struck(by: strike)
    return copy
  }
}

extension ScorerOutcome {
  fileprivate func struck(by strike: (String) -> String) -> ScorerOutcome {
    var copy = self
    copy.explanation = strike(explanation)
    copy.failingOutput = strike(failingOutput)
    return copy
  }
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
  case target, passed, iterations, wall, cost, failures, stale, exhausted, disk, cancelled
}

extension LoopRecord {
  /// Whether the loop has ended so that it can't go on: not killed, cancelled or failed.
  package var isOver: Bool {
    guard let endReason else { return false }
    return endReason != EndOfLoop.cancelled.rawValue && !endReason.hasPrefix("failed")
  }
}

/// A loop, at its end.
package struct LoopSummary: Sendable {
  package var loop: Int64
  package var end: EndOfLoop
  package var tries: Int
  package var kept: Int
  /// The champion's iteration; 0 is the baseline.
  package var champion: Int
  /// The champion against the baseline, at the end; nil where the baseline is the champion.
  package var final: ChampionCheck?
  /// Whether the gates pass on the champion.
  package var passes: Bool
  package var strategy: HarnessLoop.Strategy
  package var seconds: Double
  /// The hash of the last record: with it, `verify` finds any later edit.
  package var head: String

  /// A loop that improved anything has succeeded.
  package var succeeded: Bool {
    strategy == .retry ? passes : champion > 0
  }
}
