internal import Harness
internal import Ledger
internal import Sandbox

/// When a loop ends, and what it counts for that.
struct StopRules {
  let stop: HarnessLoop.Stop
  /// Tries that count: an invalid one is the harness's fault.
  var tries = 0
  var kept = 0
  /// Agent crashes and invalid evaluations in a row.
  var failures = 0
  /// Tries since the last one that was kept.
  var stale = 0
  /// US dollars spent.
  var cost = 0.0
  /// Whether a request was refused because the loop's cost budget had no room for it.
  var isCostSpent = false
  /// Seconds spent.
  var spent = 0.0
  /// How many times as good as the baseline the champion is.
  var gain = 1.0
  /// The champion's objective.
  var value: Double?
  var minimize = true

  init(stop: HarnessLoop.Stop) { self.stop = stop }

  /// Counts a verdict.
  mutating func count(_ verdict: Verdict, objective: ScorerOutcome.Measured?) {
    if verdict == .kept {
      kept += 1
      stale = 0
      value = objective?.candidate ?? value
      if let objective { gain *= improvement(objective.ratio) }
    } else {
      stale += 1
    }
    if verdict == .invalid {
      failures += 1
    } else {
      failures = 0
      tries += 1
    }
  }

  /// How many times as good a ratio of candidate to champion says the candidate is.
  func improvement(_ ratio: Double) -> Double { minimize ? 1 / ratio : ratio }

  /// What is recorded with each iteration, and what a resumed loop goes on from.
  var standing: Standing {
    get { Standing(tries: tries, kept: kept, failures: failures, stale: stale, spent: spent, gain: gain) }
    set {
      tries = newValue.tries
      kept = newValue.kept
      failures = newValue.failures
      stale = newValue.stale
      spent = newValue.spent
      gain = newValue.gain
    }
  }

  /// How many tries may be made side by side so that none is one too many, of those that are wanted; one or more.
  func room(for wanted: Int) -> Int {
    let left = [stop.iterations.map { $0 - tries }, stop.stale.map { $0 - stale }].compactMap { $0 }
    return max(1, left.reduce(wanted, min))
  }

  /// The rule that ends the loop now; nil to go on.
  var end: EndOfLoop? {
    switch stop.target {
    case .ratio(let ratio) where gain >= ratio: return .target
    case .value(let wanted): if let value, minimize ? value <= wanted : value >= wanted { return .target }
    default: break
    }
    if let most = stop.iterations, tries >= most { return .iterations }
    if let most = stop.wall, spent >= most.seconds { return .wall }
    if let most = stop.cost, isCostSpent || cost >= most { return .cost }
    if failures >= stop.failures { return .failures }
    if let most = stop.stale, stale >= most { return .stale }
    return nil
  }
}
