internal import Agents
internal import Glibc
internal import Harness
internal import Ledger
internal import Sandbox

/// A limit of an account that a try ran into.
struct UsageLimit {
  let number: Int
  let why: String
  let until: UsageLimitEnd?
}

extension LoopRunner {
  /// Longer than this no word of an agent or an API is believed; then the agent is asked once more.
  private static let longestWait = 24 * 3600.0
  /// How long the first wait is, in seconds, where nobody said how long; each further one is twice as long, up to an hour.
  private static let firstWait = 60.0

  /// Evaluates, and once more whenever the end of a limit of a judge's account had to be waited for.
  ///
  /// - Throws: `EvaluationFault.unavailable` where a stop rule ended the waiting.
  func waitingForJudges<Answer>(_ number: Int, _ evaluate: () throws -> Answer) throws -> Answer {
    var waits = 0
    while true {
      do { return try evaluate() } catch EvaluationFault.limited(let why, let until) {
        let limit = UsageLimit(number: number, why: why, until: until)
        guard try wait(for: [limit], waits: waits) else { throw EvaluationFault.unavailable(why) }
        waits += 1
      }
    }
  }

  /// Waits for the end of an account's limits, the one that lasts longest. It counts against the loop's wall budget, and as no try.
  ///
  /// - Parameter waits: How many waits went before it for the same tries.
  /// - Returns: Whether the loop may go on; false where a stop rule ended the waiting.
  /// - Throws: `EvaluationFault.cancelled`.
  func wait(for limits: [UsageLimit], waits: Int) throws -> Bool {
    let now = Double(Clock.now()) / 1000
    let lengths = limits.map { (limit: $0, seconds: Self.length(of: $0, now: now, waits: waits)) }
    guard let longest = lengths.max(by: { $0.seconds < $1.seconds }) else { return true }
    let (number, why, length) = (longest.limit.number, longest.limit.why, longest.seconds)
    // Of no iteration: this one isn't finished.
    try record(.limited, value: length, detail: kept("try \(number): \(why)"))
    tell(.limited(number: number, seconds: length, why: why))
    let until = Clock.seconds() + length
    while Clock.seconds() < until {
      if bench.cancellation.isCancelled { throw EvaluationFault.cancelled }
      if requests.current == .pause { try wait() }
      rules.spent = clock.seconds
      if rules.end != nil { return false }
      usleep(100_000)
    }
    return true
  }

  private static func length(of limit: UsageLimit, now: Double, waits: Int) -> Double {
    let seconds =
      switch limit.until {
      case .at(let moment)?: moment - now
      case .after(let seconds)?: seconds
      case nil: min(firstWait * pow(2, Double(min(waits, 10))), 3600)
      }
    return max(1, min(seconds.isFinite ? seconds : firstWait, longestWait))
  }
}
