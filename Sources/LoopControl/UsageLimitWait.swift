internal import Agents
internal import Glibc
internal import Harness
internal import Ledger
internal import Sandbox

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
        guard try wait(for: number, why, until: until, waits: waits) else { throw EvaluationFault.unavailable(why) }
        waits += 1
      }
    }
  }

  /// Waits for the end of an account's limit. It counts against the loop's wall budget, and as no try.
  ///
  /// - Parameter waits: How many waits went before it for the same iteration.
  /// - Returns: Whether the loop may go on; false where a stop rule ended the waiting.
  /// - Throws: `EvaluationFault.cancelled`.
  func wait(for number: Int, _ why: String, until end: UsageLimitEnd?, waits: Int) throws -> Bool {
    let now = Double(Clock.now()) / 1000
    let seconds =
      switch end {
      case .at(let moment): moment - now
      case .after(let seconds): seconds
      case nil: min(Self.firstWait * pow(2, Double(min(waits, 10))), 3600)
      }
    let length = max(1, min(seconds.isFinite ? seconds : Self.firstWait, Self.longestWait))
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
}
