internal import Harness
internal import Ledger
internal import Scoring
internal import Workspace

extension LoopRunner {
  /// Takes a loop up again from its record: what it had spent, and that it goes on.
  func takeUp(_ record: LoopRecord) throws {
    loop = record.id
    let told: [EventKind] = [.interrupted, .resumed, .paused, .continued, .measured, .ended]
    let recorded = [
      try ledger.lastFinished(loop: loop)?.result?.standing.spent,
      try ledger.events(loop: loop, told, last: 1).last?.spent,
    ].compactMap { $0 }
    // A process that was killed may have lived for one more beat than it could tell of.
    let signs = Pulse.spent(folder: bench.state.path, loop: loop)
      .map { record.ended == nil ? $0 + Pulse.interval : $0 }
    let spent = (recorded + [signs].compactMap { $0 }).max() ?? 0
    clock = SpentClock(carried: spent)
    rules.spent = spent
    try self.record(.resumed)
    interrupted = try ledger.unfinished(loop: loop).first
  }

  /// Makes champion, counts and memory what they were, from the record alone.
  func goOn(_ record: LoopRecord) throws {
    guard let last = try ledger.lastFinished(loop: loop), let standing = last.result?.standing else {
      return try measureBaseline()
    }
    for event in try ledger.events(loop: loop, [.pinned]) {
      if let (scorer, tests) = event.detail.flatMap(PinnedText.read) { bench.pinned[scorer] = tests }
    }
    baselineScores = try scores(of: 0)
    let failed = baselineScores.first { $0.scorer.role == .gate && $0.passed != true }
    try requirePassingBaseline(failed.map { "\($0.scorer.name): \($0.explanation)" })
    baseline = try buildBaseline()
    let spent = rules.spent
    rules.standing = standing
    rules.spent = spent
    exhausted = last.result?.verdict == .discarded && last.result?.reason == Self.nothingLeft
    try restoreChampion(record.champion ?? 0, gatesPass: failed == nil)
    try restoreMemory()
    // What was built again belongs to no iteration.
    _ = bench.takeRuns()
    tell(.resumed(loop: loop, number: interrupted?.number ?? last.number + 1, spent: spent))
  }

  private func restoreChampion(_ number: Int, gatesPass: Bool) throws {
    let recorded = try ledger.iteration(loop: loop, number: number)?.iteration.result
    championNumber = number
    championScores = number == 0 ? baselineScores : try scores(of: number)
    champion = baseline
    passed = number > 0 || gatesPass
    if number > 0, let candidate = recorded?.candidate {
      let changes = try Changes(serialized: bench.store.read(candidate))
      do {
        champion = try bench.build(bench.specimen("candidate \(number)", changes: changes), cache: nil)
      } catch EvaluationFault.rejected(let why) {
        throw EvaluationFault.invalid("the champion, try \(number), can't be built again: \(why)")
      }
    }
    rules.value = recorded?.objective
    rules.gain = try ledger.gain(of: number, loop: loop)
    if let checked = try ledger.events(loop: loop, [.measured], last: 1).last?.iteration {
      checkedAt = try ledger.iteration(loop: loop, number: checked)?.iteration.result?.standing.kept ?? 0
    }
  }

  /// The last tries for prompts; for a search, all of them.
  private func restoreMemory() throws {
    let unit = bench.harness.objective?.comparedUnit ?? ""
    func remember(_ row: IterationRecord) {
      guard row.number > 0, let result = row.result, result.reason != Self.nothingLeft else { return }
      let summary = TrySummary(
        number: row.number, verdict: result.verdict, reason: result.reason, note: result.edit ?? result.note ?? "",
        ratio: result.ratio, low: result.ratioLow, high: result.ratioHigh, value: result.objective, unit: unit,
        seconds: result.seconds)
      self.remember(summary, key: result.edit ?? "")
    }
    if readsPrompt {
      try ledger.iterations(loop: loop, last: 21).forEach(remember)
    } else {
      try ledger.eachIteration(loop: loop) { remember($0) }
    }
  }

  /// An iteration's scores as they were, as far as prompts and rules need them.
  private func scores(of number: Int) throws -> [ScorerOutcome] {
    try (ledger.iteration(loop: loop, number: number)?.scores ?? []).compactMap { record in
      guard let scorer = bench.harness.scorers.first(where: { $0.name == record.scorer }) else { return nil }
      return RecordText.outcome(record, scorer)
    }
  }
}
