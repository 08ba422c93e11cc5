internal import Harness
internal import Sandbox

/// When a loop ends, and what it counts for that.
struct StopRules {
  let stop: HarnessLoop.Stop
  var tries = 0
  /// Agent crashes and invalid evaluations in a row.
  var failures = 0
  /// Tries since the last one that was kept.
  var stale = 0
  /// Seconds spent.
  var spent = 0.0
  /// How many times as good as the baseline the champion is.
  var gain = 1.0
  /// The champion's objective.
  var value: Double?
  var minimize = true

  /// The rule that ends the loop now; nil to go on.
  var end: EndOfLoop? {
    switch stop.target {
    case .ratio(let ratio) where gain >= ratio: return .target
    case .value(let wanted): if let value, minimize ? value <= wanted : value >= wanted { return .target }
    default: break
    }
    if let most = stop.iterations, tries >= most { return .iterations }
    if let most = stop.wall, spent >= most.seconds { return .wall }
    if failures >= stop.failures { return .failures }
    if let most = stop.stale, stale >= most { return .stale }
    return nil
  }
}
