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
    interrupted = try ledger.unfinished(loop: loop)
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
    let begun = try stateOfRound(record, after: last)
    try restoreChampion(begun.champion, gatesPass: failed == nil)
    try restoreMemory(before: begun.first)
    try makePopulation(before: begun.first)
    cutShort = try planned(interrupted.map(\.number), of: begun.numbers)
    try catchUp(record, from: begun, to: last, gatesPass: failed == nil)
    nextNumber = last.number + 1
    // What was built again belongs to no iteration.
    _ = bench.takeRuns()
    tell(.resumed(loop: loop, number: nextNumber, spent: spent))
  }

  /// What stood when the tries began that were cut short; what stands now, where none was.
  private struct RoundState {
    /// The first try that it did not know of.
    var first: Int
    var champion: Int
    var numbers: ClosedRange<Int>?
  }

  private func stateOfRound(_ record: LoopRecord, after last: IterationRecord) throws -> RoundState {
    var state = RoundState(first: last.number + 1, champion: record.champion ?? 0)
    guard let round = try ledger.lastRound(loop: loop), round.numbers.contains(state.first) else { return state }
    state.first = round.numbers.lowerBound
    state.numbers = round.numbers
    let moved = try rows(from: state.first, to: last.number).last { $0.championMoved }
    // Where a person has put another champion in its place meanwhile, the rest of the round begins from that one.
    if moved?.number ?? round.champion == state.champion { state.champion = round.champion }
    return state
  }

  /// Takes in the tries of a round that had their verdicts before the others were cut short.
  private func catchUp(
    _ record: LoopRecord, from begun: RoundState, to last: IterationRecord, gatesPass: Bool
  ) throws {
    for row in try rows(from: begun.first, to: last.number) {
      remember(row)
      if population != nil, let result = row.result { population?.take(try member(row.number, result)) }
    }
    let number = record.champion ?? 0
    if number != begun.champion { try restoreChampion(number, gatesPass: gatesPass) }
  }

  /// Finished iterations by their numbers.
  private func rows(from first: Int, to last: Int) throws -> [IterationRecord] {
    guard first <= last else { return [] }
    // The rest of the round, which is begun already, comes after them.
    return try ledger.iterations(loop: loop, last: last - first + 1 + HarnessLoop.mostParallel)
      .filter { (first...last).contains($0.number) }
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

  /// The last tries before one, for prompts; for a search, all of them.
  private func restoreMemory(before first: Int) throws {
    if readsPrompt {
      try rows(from: first - 21, to: first - 1).forEach(remember)
    } else {
      try ledger.eachIteration(loop: loop) { row in
        if row.number < first { remember(row) }
      }
    }
  }

  private func remember(_ row: IterationRecord) {
    guard row.number > 0, let result = row.result, result.reason != Self.nothingLeft else { return }
    let summary = TrySummary(
      number: row.number, verdict: result.verdict, reason: result.reason, note: result.edit ?? result.note ?? "",
      ratio: result.ratio, low: result.ratioLow, high: result.ratioHigh, value: result.objective,
      unit: bench.harness.objective?.comparedUnit ?? "", seconds: result.seconds)
    remember(summary, key: result.edit ?? "")
  }

  /// An iteration's scores as they were, as far as prompts and rules need them.
  private func scores(of number: Int) throws -> [ScorerOutcome] {
    try (ledger.iteration(loop: loop, number: number)?.scores ?? []).compactMap { record in
      guard let scorer = bench.harness.scorers.first(where: { $0.name == record.scorer }) else { return nil }
      return RecordText.outcome(record, scorer)
    }
  }
}
