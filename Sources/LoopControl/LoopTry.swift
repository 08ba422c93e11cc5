internal import Agents
internal import Digests
internal import Harness
internal import Ledger
internal import Scoring
internal import Workspace

extension LoopRunner {
  /// Why a try has nothing in it: by these words a resumed loop knows that its search had ended.
  static let nothingLeft = "the search has nothing left to try"

  /// One iteration from its beginning to its verdict.
  func oneTry() throws {
    let started = Clock.seconds()
    let parent = try nextParent()
    defer { release(parent) }
    let told = bench.harness.agents.indices.map { index in
      PromptText.text(
        bench.harness, own: prompts.indices.contains(index) ? prompts[index] : nil, champion: championScores,
        tries: tries, lines: population == nil ? nil : parent)
    }
    let number = try beginIteration(
      parent: parent.number, prompt: readsPrompt ? kept(PromptText.recorded(told, bench.harness.agents)) : nil,
      state: .proposing)
    let failures = championScores.filter { $0.passed == false }
    let ask = Ask(
      number: number, parent: parent.specimen, baseline: baseline, history: history, prompts: told,
      clues: failures.flatMap { [$0.explanation, $0.failingOutput] },
      // A search derives everything from one seed and its history.
      seed: seeds.seed(iteration: 0, pair: 0, purpose: "agent"))
    let (proposal, runs) = try proposal(ask)
    var judgement = Judgement(verdict: .rejected, reason: "", specimen: champion)
    var note = ""
    var key = ""
    switch proposal {
    case .exhausted:
      exhausted = true
      try finish(
        number, verdict: .discarded, reason: Self.nothingLeft, specimen: nil, edit: nil, note: nil, scores: [],
        objective: nil, seconds: Clock.seconds() - started, moves: false)
      return
    case .failed(let why), .limited(let why, _), .noAccess(let why):
      judgement.verdict = .invalid
      judgement.reason = why
    case .nothing(let trace):
      note = trace
      judgement.verdict = .discarded
      judgement.reason = "the agent changed nothing"
    case .refused(let why):
      note = why
      judgement.verdict = .discarded
      judgement.reason = why
    case .rejected(let why, let trace):
      note = trace
      judgement.reason = why
    case .changes(let changes, let name, let trace):
      key = name
      note = trace
      tell(.trying(number: number, note: key.isEmpty ? note : key))
      judgement = try judge(changes, on: parent.specimen, number: number)
    }
    try DiskSpace.require(bench.state.path)
    // As the ledger keeps them, so that the next prompt is the same whether it comes from memory or from there.
    judgement.reason = kept(judgement.reason)
    try conclude(
      number, judgement, key: kept(key), note: kept(note), steps: try records(of: runs + judgings()),
      seconds: Clock.seconds() - started)
    if case .noAccess(let why) = proposal {
      throw EvaluationFault.invalid(
        "\(why)\nwhich key is used says `belljar check`; the loop goes on with `belljar resume`")
    }
  }

  /// Asks until there is a proposal, waiting for the end of an account's limits.
  private func proposal(_ ask: Ask) throws -> (Proposal, [AgentRun]) {
    var all: [AgentRun] = []
    var waits = 0
    while true {
      let (proposal, runs) = try proposer.propose(ask)
      all += runs
      rules.isCostSpent = rules.isCostSpent || runs.contains(where: \.isLoopBudgetSpent)
      rules.cost = bench.spending?.spent ?? 0
      guard case .limited(let why, let until) = proposal, rules.end == nil,
        try wait(for: ask.number, why, until: until, waits: waits)
      else { return (proposal, all) }
      waits += 1
    }
  }

  /// Records that an iteration begins: a new one, or the one whose last attempt was cut short.
  func beginIteration(parent: Int?, prompt: String?, state: IterationState) throws -> Int {
    let number = try beginRecord(parent: parent, prompt: prompt, state: state)
    bench.trial = "\(number)"
    return number
  }

  private func beginRecord(parent: Int?, prompt: String?, state: IterationState) throws -> Int {
    guard let again = interrupted else {
      return try ledger.beginIteration(
        loop: loop, parent: parent, prompt: prompt, state: state, started: Clock.now())
    }
    interrupted = nil
    try ledger.beginAgain(
      loop: loop, number: again.number, parent: parent, prompt: prompt, state: state, started: Clock.now(),
      interrupted: EventRecord(
        .interrupted, iteration: again.number, at: Clock.now(), spent: clock.seconds,
        value: bench.spending?.spent(on: again.number), detail: again.state.rawValue))
    return again.number
  }

  private func judge(_ changes: Changes, on parent: Specimen, number: Int) throws -> Judgement {
    let cumulative = changes.merged(over: parent.changes, base: baseline.tree)
    let candidate = try bench.specimen("candidate \(number)", changes: cumulative)
    // What the record names is on the disk before the record is; the champion's own files are there already.
    let stored = try bench.store.put(cumulative.serialized())
    try bench.store.sync(changes, and: [stored])
    try ledger.noteIteration(
      loop: loop, number: number, state: .evaluating, candidate: stored, tree: candidate.tree.digest)
    let judge = Judge(
      bench: bench, alpha: bench.harness.loop.alphaBudget.comparisonAlpha(of: number), calibration: calibration,
      seed: { [seeds] in seeds.seed(iteration: number, pair: $0, purpose: $1) },
      progress: { [tell] in tell(.pair(number: number, pairs: $0, ratio: $1)) })
    do {
      return try waitingForJudges(number) {
        try judge.judge(candidate, champion: champion, baseline: baseline)
      }
    } catch EvaluationFault.unavailable(let why) {
      return Judgement(verdict: .invalid, reason: why, specimen: candidate)
    }
  }

  /// What the judges came to, and what that leaves to spend.
  func judgings() -> [AgentRun] {
    let runs = bench.takeJudgings()
    rules.isCostSpent = rules.isCostSpent || runs.contains(where: \.isLoopBudgetSpent)
    rules.cost = bench.spending?.spent ?? 0
    return runs
  }

  private func conclude(
    _ number: Int, _ judgement: Judgement, key: String, note: String, steps: [AgentStepRecord], seconds: Double
  ) throws {
    let isKept = judgement.verdict == .kept
    let objective = judgement.objective
    rules.count(judgement.verdict, objective: objective)
    try finish(
      number, verdict: judgement.verdict, reason: judgement.reason, specimen: judgement.specimen,
      edit: key.isEmpty ? nil : key, note: [key, note].filter { !$0.isEmpty }.joined(separator: "\n"),
      scores: judgement.scores, objective: objective, seconds: seconds, moves: isKept, steps: steps)
    // The record is on disk; only now does the champion move.
    if isKept {
      discardChampion()
      champion = judgement.specimen
      championNumber = number
      championScores = judgement.scores
      passed = true
    } else if judgement.specimen.tree.digest != champion.tree.digest {
      bench.discard(judgement.specimen)
    }
    let summary = TrySummary(
      number: number, verdict: judgement.verdict, reason: judgement.reason, note: key.isEmpty ? note : key,
      ratio: objective?.ratio, low: objective?.low, high: objective?.high, pairs: objective?.pairs,
      value: objective?.candidate, unit: judgement.scores.first { $0.scorer.role == .objective }?.unit ?? "",
      seconds: seconds)
    remember(summary, key: key)
    tell(.finished(summary))
  }

  /// Keeps a try in mind for the next proposal.
  func remember(_ summary: TrySummary, key: String) {
    if !key.isEmpty {
      history.append(
        PastTry(
          key: key, kept: summary.verdict == .kept, valid: summary.verdict == .kept || summary.verdict == .discarded,
          ratio: summary.ratio.map { rules.minimize ? $0 : 1 / $0 }))
    }
    tries.append(summary)
    if tries.count > 20 { tries.removeFirst() }
  }

  /// Removes the champion's layers, where it has its own.
  func discardChampion() { if champion.tree.digest != baseline.tree.digest { bench.discard(champion) } }

  func finish(
    _ number: Int, verdict: Verdict, reason: String, specimen: Specimen?, edit: String?, note: String?,
    scores: [ScorerOutcome], objective: ScorerOutcome.Measured?, seconds: Double, moves: Bool,
    events: [EventRecord] = [], steps: [AgentStepRecord] = []
  ) throws {
    let changes = specimen.flatMap { $0.changes.isEmpty ? nil : $0.changes }
    let stored = try changes.map { try bench.store.put($0.serialized(), durable: true) }
    rules.spent = clock.seconds
    let result = IterationResult(
      verdict: verdict, reason: reason, candidate: stored, tree: specimen?.tree.digest, edit: edit, note: note,
      ended: Clock.now(), seconds: seconds,
      objective: objective?.candidate ?? scores.first { $0.scorer.role == .objective }?.value,
      ratio: objective?.ratio, ratioLow: objective?.low, ratioHigh: objective?.high, standing: rules.standing)
    let newHead = try ledger.finishIteration(
      loop: loop, number: number, result, runs: RecordText.runs(bench.takeRuns(), kept: kept),
      scores: scores.map { RecordText.score($0, kept: kept) }, championMoves: moves, events: events, steps: steps)
    head = newHead.hash.description
    if population != nil, number > 0, reason != Self.nothingLeft { population?.take(try member(number, result)) }
  }
}

extension LoopRunner {
  /// A text as the record keeps it: without secrets.
  func kept(_ text: String) -> String { striker.struck(text.withoutNUL) }

  /// What each step of the agent came to, its trace on the disk before the record names it.
  func records(of runs: [AgentRun]) throws -> [AgentStepRecord] {
    try runs.map { run in
      let isCounted = run.agent.api != nil || run.tokens != TokenCount()
      let trace = try TraceRecord(striker.struck(run.trace)).stored()
      return AgentStepRecord(
        name: run.agent.name, kind: run.agent.kind.rawValue, model: run.agent.model,
        outcome: kept(run.end.description), trace: run.trace.isEmpty ? nil : try bench.store.put(trace, durable: true),
        seconds: run.seconds, picodollars: run.picodollars, inputTokens: isCounted ? run.tokens.input : nil,
        cachedTokens: isCounted ? run.tokens.cached : nil, outputTokens: isCounted ? run.tokens.output : nil,
        requests: run.agent.api == nil ? nil : run.requests)
    }
  }
}

extension String {
  /// As SQLite can keep it, which would end a text at a NUL.
  var withoutNUL: String { utf8.contains(0) ? String(map { $0 == "\0" ? "\u{2400}" : $0 }) : self }
}
