internal import Agents
internal import Digests
internal import Harness
internal import Ledger
internal import Scoring
internal import Workspace

extension LoopRunner {
  /// Why a try has nothing in it: by these words a resumed loop knows that its search had ended.
  static let nothingLeft = "the search has nothing left to try"

  /// Records that the baseline's iteration begins, for the first time or once more.
  func beginBaseline() throws -> Int {
    bench.trial = "0"
    guard let again = interrupted.first else {
      return try ledger.beginIteration(loop: loop, parent: nil, state: .evaluating, started: Clock.now())
    }
    interrupted = []
    try beginAgain(again, parent: nil, prompt: nil, state: .evaluating)
    return again.number
  }

  /// Records that an attempt was cut short, and that another begins.
  func beginAgain(_ row: IterationRecord, parent: Int?, prompt: String?, state: IterationState) throws {
    try ledger.beginAgain(
      loop: loop, number: row.number, parent: parent, prompt: prompt, state: state, started: Clock.now(),
      interrupted: EventRecord(
        .interrupted, iteration: row.number, at: Clock.now(), spent: clock.seconds,
        value: bench.spending?.spent(on: row.number), detail: row.state.rawValue))
  }

  /// Records a try's verdict, and moves the champion where it is kept.
  func conclude(_ attempt: Attempt, _ judgement: Judgement, key: String, note: String, seconds: Double) throws {
    let number = attempt.number
    let isKept = judgement.verdict == .kept
    let objective = judgement.objective
    rules.count(judgement.verdict, objective: objective)
    try finish(
      number, verdict: judgement.verdict, reason: judgement.reason, specimen: judgement.specimen,
      edit: key.isEmpty ? nil : key, note: [key, note].filter { !$0.isEmpty }.joined(separator: "\n"),
      scores: judgement.scores, objective: objective, seconds: seconds, moves: isKept, runs: attempt.bench.takeRuns(),
      steps: try records(of: attempt.runs + judgings(attempt.bench)))
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

  /// What the judges came to, and what that leaves to spend.
  func judgings(_ bench: Workbench) -> [AgentRun] {
    let runs = bench.takeJudgings()
    rules.isCostSpent = rules.isCostSpent || runs.contains(where: \.isLoopBudgetSpent)
    rules.cost = bench.spending?.spent ?? 0
    return runs
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
    scores: [ScorerOutcome], objective: ScorerOutcome.Measured?, seconds: Double, moves: Bool, runs: [RunReport],
    events: [EventRecord] = [], steps: [AgentStepRecord] = []
  ) throws {
    let changes = specimen.flatMap { $0.changes.isEmpty ? nil : $0.changes }
    let stored = try changes.map { try specimen?.stored ?? bench.store.put($0.serialized(), durable: true) }
    try behind.finish()
    rules.spent = clock.seconds
    let result = IterationResult(
      verdict: verdict, reason: kept(reason), candidate: stored, tree: specimen?.tree.digest, edit: edit,
      note: note.map(kept),
      ended: Clock.now(), seconds: seconds,
      objective: objective?.candidate ?? scores.first { $0.scorer.role == .objective }?.value,
      ratio: objective?.ratio, ratioLow: objective?.low, ratioHigh: objective?.high, standing: rules.standing)
    let newHead = try ledger.finishIteration(
      loop: loop, number: number, result, runs: RecordText.runs(runs, kept: kept),
      scores: scores.map { RecordText.score($0, kept: kept) }, championMoves: moves, events: events, steps: steps)
    head = newHead.hash.description
    nextNumber = number + 1
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
