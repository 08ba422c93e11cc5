internal import Agents
internal import Comparison
internal import Digests
internal import Glibc
package import Harness
package import Ledger
internal import Sandbox
internal import Scoring
internal import Workspace

/// The loop: propose, judge, record, keep or discard, until a stop rule ends it.
package final class LoopRunner {
  private let bench: Workbench
  private let ledger: Ledger
  private let agent: HarnessAgent
  private var proposer: Proposer
  private let prompt: String?
  private let tell: (LoopEvent) -> Void
  private let seeds: Seeds
  private let begun = Clock.seconds()

  private var loop: Int64 = 0
  private var rules: StopRules
  private var baseline: Specimen
  private var champion: Specimen
  private var championNumber = 0
  private var championScores: [ScorerOutcome] = []
  private var tries: [TrySummary] = []
  private var history: [PastTry] = []
  private var kept = 0
  private var exhausted = false
  private var passed = false
  private var head = ""

  /// - Parameters:
  ///   - prompt: the user's own text for the agent, in place of the goal.
  ///   - seed: makes a loop reproducible; nil for a random one.
  package init(
    bench: Workbench, ledger: Ledger, agent: HarnessAgent, prompt: String?, seed: Int?,
    tell: @escaping (LoopEvent) -> Void
  ) {
    self.bench = bench
    self.ledger = ledger
    self.agent = agent
    proposer = Proposer(bench: bench, agent: agent)
    self.prompt = prompt
    self.tell = tell
    seeds = Seeds(secret: seed.map { Digest(of: "seed \($0)".utf8).bytes } ?? Self.randomSecret())
    rules = StopRules(stop: bench.harness.loop.stop)
    baseline = bench.baseline()
    champion = baseline
  }

  private static func randomSecret() -> [UInt8] {
    var random = SystemRandomNumberGenerator()
    return (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &random) }
  }

  /// Runs the loop to its end.
  package func run() throws -> LoopSummary {
    let harness = bench.harness
    rules.minimize = harness.objective?.direction != .maximize
    let baselineTree = try baseline.tree.put(in: bench.store)
    loop = try ledger.createLoop(
      LoopStart(
        name: harness.name, checkout: bench.root, harnessPath: harness.file, harnessText: harness.text,
        harnessDigest: harness.digest, strategy: harness.loop.strategy.rawValue, agent: agent.kind.rawValue,
        seed: Digest(bytes: seeds.secret)?.description ?? "", baselineTree: baselineTree, started: Clock.now()))
    tell(.began(name: harness.name, notes: bench.notes))
    var end: EndOfLoop
    do {
      try measureBaseline()
      end = try iterate()
    } catch EvaluationFault.cancelled {
      end = .cancelled
    } catch {
      try ledger.endLoop(loop, reason: "failed: \(error)", at: Clock.now())
      throw error
    }
    let final = end == .cancelled ? nil : try finalMeasurement()
    try ledger.endLoop(loop, reason: end.rawValue, at: Clock.now())
    let summary = LoopSummary(
      loop: loop, end: end, tries: rules.tries, kept: kept, final: final, passes: passed,
      strategy: harness.loop.strategy, seconds: Clock.seconds() - begun, head: head)
    tell(.ended(summary))
    return summary
  }

  // MARK: Baseline

  private func measureBaseline() throws {
    let started = Clock.seconds()
    let number = try ledger.beginIteration(loop: loop, parent: nil, state: .evaluating, started: Clock.now())
    baseline = try buildBaseline()
    champion = baseline
    var scores: [ScorerOutcome] = []
    var failed: [String] = []
    for scorer in bench.harness.scorers where scorer.role != .holdout {
      let seed = seeds.seed(iteration: 0, pair: 0, purpose: scorer.name)
      do {
        let outcome =
          scorer.kind == .tests
          ? try bench.pinTests(scorer, baseline, seed: seed) : try bench.evaluate(scorer, baseline, seed: seed)
        scores.append(outcome)
        if scorer.role == .gate, outcome.passed != true { failed.append("\(scorer.name): \(outcome.explanation)") }
      } catch let broken as ScorerBroken {
        throw EvaluationFault.invalid("on the baseline, \(broken.message)")
      } catch EvaluationFault.rejected(let why) {
        throw EvaluationFault.invalid("on the baseline, \(why)")
      }
    }
    passed = failed.isEmpty
    championScores = scores
    rules.value = scores.first { $0.scorer.role == .objective }?.value
    let seconds = Clock.seconds() - started
    try finish(
      number, verdict: .kept, reason: passed ? "baseline" : "baseline; gates fail", specimen: baseline, note: nil,
      scores: scores, objective: nil, seconds: seconds, moves: true)
    tell(.baseline(scores: scores, seconds: seconds))
    if bench.harness.loop.strategy == .optimize, let first = failed.first {
      throw EvaluationFault.invalid(
        "the baseline itself fails the gate \(first)\nmake it pass first, or use 'strategy: retry'")
    }
  }

  private func buildBaseline() throws -> Specimen {
    do { return try bench.build(baseline, cache: nil) } catch EvaluationFault.rejected(let why) {
      throw EvaluationFault.invalid("the tree as it stands can't be built: \(why)")
    }
  }

  // MARK: Iterations

  private func iterate() throws -> EndOfLoop {
    if bench.harness.loop.strategy == .retry, passed { return .passed }
    while true {
      rules.spent = Clock.seconds() - begun
      if let end = rules.end { return end }
      if bench.cancellation.isCancelled { return .cancelled }
      try oneTry()
      if exhausted { return .exhausted }
      if bench.harness.loop.strategy == .retry, passed { return .passed }
    }
  }

  private func oneTry() throws {
    let started = Clock.seconds()
    let told = PromptText.text(bench.harness, own: prompt, champion: championScores, tries: tries)
    let number = try ledger.beginIteration(
      loop: loop, parent: championNumber, prompt: agent.kind == .command ? told : nil, started: Clock.now())
    let failures = championScores.filter { $0.passed == false }
    let proposal = try proposer.propose(
      champion: champion, history: history, prompt: told,
      clues: failures.flatMap { [$0.explanation, $0.failingOutput] },
      // A search derives everything from one seed and its history.
      seed: seeds.seed(iteration: 0, pair: 0, purpose: "agent"))
    var judgement = Judgement(verdict: .rejected, reason: "", specimen: champion)
    var note = ""
    var key = ""
    switch proposal {
    case .exhausted:
      exhausted = true
      try finish(
        number, verdict: .discarded, reason: "the search has nothing left to try", specimen: nil, note: nil, scores: [],
        objective: nil, seconds: Clock.seconds() - started, moves: false)
      return
    case .failed(let why):
      judgement.verdict = .invalid
      judgement.reason = why
    case .nothing(let trace):
      note = trace
      judgement.verdict = .discarded
      judgement.reason = "the agent changed nothing"
    case .rejected(let why, let trace):
      note = trace
      judgement.reason = why
    case .changes(let changes, let name, let trace):
      key = name
      note = trace
      tell(.trying(number: number, note: key.isEmpty ? note : key))
      judgement = try judge(changes, number: number)
    }
    try conclude(number, judgement, key: key, note: note, seconds: Clock.seconds() - started)
  }

  private func judge(_ changes: Changes, number: Int) throws -> Judgement {
    let cumulative = changes.merged(over: champion.changes, base: baseline.tree)
    let candidate = try bench.specimen("candidate \(number)", changes: cumulative)
    let stored = try bench.store.put(cumulative.serialized())
    try ledger.noteIteration(
      loop: loop, number: number, state: .evaluating, candidate: stored, tree: candidate.tree.digest)
    let judge = Judge(
      bench: bench, alpha: alpha,
      seed: { [seeds] in seeds.seed(iteration: number, pair: $0, purpose: $1) },
      progress: { [tell] in tell(.pair(number: number, pairs: $0, ratio: $1)) })
    return try judge.judge(candidate, champion: champion, baseline: baseline)
  }

  /// The error rate of one comparison: 5 % over the loop's life, spread evenly over the tries that it may make.
  private var alpha: Double { 0.05 / Double(max(1, rules.stop.iterations ?? HarnessLoop.Stop.defaultIterations)) }

  private func conclude(_ number: Int, _ judgement: Judgement, key: String, note: String, seconds: Double) throws {
    let isKept = judgement.verdict == .kept
    let objective = judgement.objective
    try finish(
      number, verdict: judgement.verdict, reason: judgement.reason, specimen: judgement.specimen,
      note: [key, note].filter { !$0.isEmpty }.joined(separator: "\n"), scores: judgement.scores, objective: objective,
      seconds: seconds, moves: isKept)
    // The record is on disk; only now does the champion move.
    if isKept {
      if champion.tree.digest != baseline.tree.digest { bench.discard(champion) }
      champion = judgement.specimen
      championNumber = number
      championScores = judgement.scores
      kept += 1
      rules.stale = 0
      rules.value = objective?.candidate ?? rules.value
      if let objective { rules.gain *= rules.minimize ? 1 / objective.ratio : objective.ratio }
      passed = true
    } else {
      if judgement.specimen.tree.digest != champion.tree.digest { bench.discard(judgement.specimen) }
      rules.stale += 1
    }
    if judgement.verdict == .invalid {
      rules.failures += 1
    } else {
      rules.failures = 0
      rules.tries += 1
    }
    let lowerIsBetter = objective.map { rules.minimize ? $0.ratio : 1 / $0.ratio }
    if !key.isEmpty {
      history.append(
        PastTry(
          key: key, kept: isKept, valid: judgement.verdict == .kept || judgement.verdict == .discarded,
          ratio: lowerIsBetter))
    }
    let summary = TrySummary(
      number: number, verdict: judgement.verdict, reason: judgement.reason, note: key.isEmpty ? note : key,
      ratio: objective?.ratio, low: objective?.low, high: objective?.high, pairs: objective?.pairs,
      value: objective?.candidate, unit: judgement.scores.first { $0.scorer.role == .objective }?.unit ?? "",
      seconds: seconds)
    tries.append(summary)
    if tries.count > 20 { tries.removeFirst() }
    tell(.finished(summary))
  }

  private func finish(
    _ number: Int, verdict: Verdict, reason: String, specimen: Specimen?, note: String?, scores: [ScorerOutcome],
    objective: ScorerOutcome.Measured?, seconds: Double, moves: Bool
  ) throws {
    let changes = specimen.map { $0.changes.isEmpty ? nil : $0.changes } ?? nil
    let stored = try changes.map { try bench.store.put($0.serialized()) }
    let newHead = try ledger.finishIteration(
      loop: loop, number: number,
      IterationResult(
        verdict: verdict, reason: reason, candidate: stored, tree: specimen?.tree.digest, note: note,
        ended: Clock.now(), seconds: seconds,
        objective: objective?.candidate ?? scores.first { $0.scorer.role == .objective }?.value,
        ratio: objective?.ratio, ratioLow: objective?.low, ratioHigh: objective?.high),
      runs: RecordText.runs(bench.takeRuns()), scores: scores.map(RecordText.score), championMoves: moves)
    head = newHead.hash.description
  }

  // MARK: The end

  /// The champion against the baseline once more, so that a chain of lucky keeps is not presented as a gain.
  private func finalMeasurement() throws -> ScorerOutcome? {
    guard kept > 0, let objective = bench.harness.objective else { return nil }
    return try PairedComparison(bench, scorer: objective).compare(
      champion: baseline, candidate: champion, alpha: 0.05,
      seed: { [seeds] in seeds.seed(iteration: -1, pair: $0, purpose: "final") })
  }
}

/// The clocks of the loop.
enum Clock {
  /// Milliseconds since 1970.
  static func now() -> Moment { Workbench.now() / 1_000_000 }

  /// Seconds on a clock that doesn't jump.
  static func seconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}
