internal import Agents
internal import Comparison
internal import Digests
package import Harness
package import Ledger
internal import Sandbox
internal import Scoring
internal import Workspace

/// The loop: propose, judge, record, keep or discard, until a stop rule ends it.
///
/// What it does is the state machine of `docs/loop.md`: each step is on the disk before the next one counts on it, so that it
/// can be killed at any instant and go on from its record.
package final class LoopRunner {
  let bench: Workbench
  let ledger: Ledger
  let behind = WritesBehind()
  var search: EditSearch
  /// Whether the agents' programs were asked for their versions.
  var areVersionsKnown = false
  /// The user's own text for each step of the agent; nil where the goal will do.
  let prompts: [String?]
  /// The user's environment, where keys are.
  private let environment: [String: String]
  /// Takes secrets out of whatever is stored.
  let striker: SecretStriker
  let tell: (LoopEvent) -> Void
  let seeds: Seeds
  let requests: LoopRequests
  /// The noise that was recorded for the harness; nil where it was never calibrated.
  let calibration: Calibration?
  private let iterationLimit: Int?
  private let begun = Clock.seconds()

  /// The loop to go on with; nil for a new one.
  private let resumed: LoopRecord?
  var loop: Int64 = 0
  var clock = SpentClock()
  var rules: StopRules
  var baseline: Specimen
  var champion: Specimen
  var championNumber = 0
  /// The number of the next try that begins.
  var nextNumber = 1
  var championScores: [ScorerOutcome] = []
  var baselineScores: [ScorerOutcome] = []
  /// The last tries, for prompts.
  var tries: [TrySummary] = []
  /// The candidates that tries build on; nil where that is the champion alone.
  var population: Population?
  /// All tries of a search, for it.
  var history: [PastTry] = []
  /// Iterations whose last attempts were cut short, with how far those were.
  var interrupted: [IterationRecord] = []
  /// Of these the tries, as they begin again.
  var cutShort: [Attempt] = []
  /// When the champion was last held against the baseline: how many had been kept.
  var checkedAt = 0
  package var stateLimit = StateLimit()
  var exhausted = false
  var passed = false
  var head = ""

  /// - Parameters:
  ///   - prompts: the user's own text for each step of the agent, in place of the goal.
  ///   - seed: makes a loop reproducible; nil for a random one.
  ///   - iterationLimit: the most tries, where the command line said so; `bench.harness` has it already.
  ///   - environment: the user's, for the keys of models.
  ///   - resumed: the loop to go on with. Its harness, prompt and seed count, not those of today.
  package init(
    bench: Workbench, ledger: Ledger, prompts: [String?] = [], seed: Int?, iterationLimit: Int? = nil,
    environment: [String: String] = [:], resuming resumed: LoopRecord? = nil, tell: @escaping (LoopEvent) -> Void
  ) {
    self.bench = bench
    self.ledger = ledger
    search = EditSearch(bench: bench, ledger: ledger)
    self.prompts = resumed.map { RecordedPrompts.read($0.start.prompt, steps: bench.harness.agents.count) } ?? prompts
    self.environment = environment
    let striker = bench.harness.secretStriker(environment)
    self.striker = striker
    // What is told goes to logs too.
    self.tell = { tell($0.struck(by: striker.struck)) }
    self.iterationLimit = iterationLimit
    self.resumed = resumed
    let recorded = resumed.flatMap { Digest(hex: $0.start.seed) }?.bytes
    seeds = Seeds(secret: recorded ?? seed.map { Digest(of: "seed \($0)".utf8).bytes } ?? Self.randomSecret())
    requests = LoopRequests(folder: bench.state.path)
    calibration = Self.calibration(bench.state.path, bench.base)
    rules = StopRules(stop: bench.harness.loop.stop)
    rules.minimize = bench.harness.objective?.direction != .maximize
    baseline = bench.baseline()
    champion = baseline
  }

  /// One that can't be read counts as none: `loop` has warned of it before it came here.
  private static func calibration(_ folder: String, _ tree: Tree) -> Calibration? {
    do { return try Calibration.load(stateFolder: folder, tree: tree) } catch { return nil }
  }

  private static func randomSecret() -> [UInt8] {
    var random = SystemRandomNumberGenerator()
    return (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &random) }
  }

  /// Whether the agents are told of the tries before, and propose anew each time.
  var readsPrompt: Bool { bench.harness.agents.first?.kind.readsPrompt == true }

  /// Runs the loop to its end.
  package func run() throws -> LoopSummary {
    if let resumed { try takeUp(resumed) } else { try begin() }
    try makeAccount()
    let pulse = try Pulse(folder: bench.state.path, loop: loop, clock: clock, cancellation: bench.cancellation)
    defer { withExtendedLifetime(pulse) {} }
    let end: EndOfLoop
    var final: ChampionCheck?
    do {
      if let resumed { try goOn(resumed) } else { try measureBaseline() }
      end = try iterate()
      final = end == .cancelled ? nil : try checkChampion(isLast: true)
    } catch EvaluationFault.cancelled {
      return try finish(.cancelled, final: nil)
    } catch {
      do {
        try record(.ended, detail: "failed: \(error)")
      } catch {
        // The disk is full, or worse: a loop without an end is one that was killed, and can be resumed as such.
      }
      throw error
    }
    return try finish(end, final: final)
  }

  /// What the agents may spend, where they spend anything. A missing key is found here, and not by a try.
  private func makeAccount() throws {
    search.loop = loop
    guard bench.harness.askers.contains(where: { $0.api != nil }) else { return }
    for agent in bench.harness.askers {
      if let api = agent.api { _ = try ModelAccess(agent, api, environment: environment) }
    }
    let spending = try AgentAccount(
      state: bench.state, loop: loop, limit: bench.harness.loop.stop.cost, environment: environment)
    bench.spending = spending
    rules.cost = spending.spent
  }

  private func begin() throws {
    // Everything that the loop's record will name is on the disk before the record is.
    let baselineTree = try baseline.tree.put(in: bench.store)
    try bench.store.syncAll()
    let harness = bench.harness
    loop = try ledger.createLoop(
      LoopStart(
        name: harness.name, checkout: bench.root, harnessPath: harness.file, harnessText: harness.text,
        harnessDigest: harness.digest, strategy: harness.loop.strategy.rawValue,
        agent: harness.agents.map(\.kind.rawValue).joined(separator: " + "),
        seed: Digest(bytes: seeds.secret)?.description ?? "", baselineTree: baselineTree, started: Clock.now(),
        folder: bench.folder, prompt: RecordedPrompts.text(prompts), iterationLimit: iterationLimit))
  }

  private func finish(_ end: EndOfLoop, final: ChampionCheck?) throws -> LoopSummary {
    try record(.ended, detail: end.rawValue)
    let summary = LoopSummary(
      loop: loop, end: end, tries: rules.tries, kept: rules.kept, champion: championNumber, final: final,
      passes: passed, strategy: bench.harness.loop.strategy, seconds: Clock.seconds() - begun, head: head)
    tell(.ended(summary))
    return summary
  }

  /// Records an event of the loop, with what is spent by now.
  func record(
    _ kind: EventKind, iteration: Int? = nil, value: Double? = nil, detail: String? = nil
  ) throws {
    let event = EventRecord(
      kind, iteration: iteration, at: Clock.now(), spent: clock.seconds, value: value, detail: detail.map(kept))
    head = try ledger.record(event, loop: loop).hash.description
  }

  private func iterate() throws -> EndOfLoop {
    if exhausted { return .exhausted }
    while true {
      // What was cut short ends with its verdicts, as it would have: rules are looked at between rounds.
      let isNew = cutShort.isEmpty
      if isNew, bench.harness.loop.strategy == .retry, passed { return .passed }
      rules.spent = clock.seconds
      if isNew, let end = rules.end { return end }
      if bench.cancellation.isCancelled { return .cancelled }
      if requests.current == .pause { try wait() }
      if bench.cancellation.isCancelled { return .cancelled }
      if isNew, let end = try holdStateLimit() { return end }
      if isNew, isCheckDue { _ = try checkChampion(isLast: false) }
      try oneRound()
      if exhausted { return .exhausted }
    }
  }
}
