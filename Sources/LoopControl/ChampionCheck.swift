internal import Comparison
internal import Digests
package import Harness
internal import Ledger
internal import Scoring

/// The champion against the baseline once more: so that a chain of lucky keeps, or of losses that each were too small to see,
/// is not presented as a gain.
package struct ChampionCheck: Sendable {
  /// The objective, champion over baseline; nil where the harness has none.
  package var objective: ScorerOutcome?
  /// Why the champion is not better than the baseline; empty where it is.
  package var losses: [String] = []
  /// Whether the objective could not be told apart. Good enough to go on from, not to end with.
  package var isUndecided = false
  /// Why it could not be measured at all: a judge can't be asked any more, or a scorer fails on the baseline too. The champion stays.
  package var obstacle: String?
}

extension LoopRunner {
  /// Whether so many candidates have been kept since the last check that it is time for one.
  var isCheckDue: Bool { championNumber > 0 && rules.kept - checkedAt >= bench.harness.loop.recheck }

  /// Measures the champion against the baseline, records it, and puts the baseline in a champion's place that is not better.
  ///
  /// - Parameter isLast: At the end a champion has to be shown to be better; on the way it is enough that it is not shown not to be.
  /// - Returns: Nil where the baseline is the champion.
  @discardableResult
  func checkChampion(isLast: Bool) throws -> ChampionCheck? {
    guard championNumber > 0 else { return nil }
    var check = ChampionCheck()
    bench.trial = "check-\(rules.tries)"
    do {
      try checkGates(&check)
      if let objective = bench.harness.objective { try checkObjective(objective, &check) }
      try checkGuards(&check)
    } catch EvaluationFault.unavailable(let why) {
      return try passOver(why)
    }
    try DiskSpace.require(bench.state.path)
    let number = championNumber
    let isBeaten = !check.losses.isEmpty || isLast && check.isUndecided
    if isLast, check.isUndecided { check.losses.append("its gain over the baseline can't be told from noise") }
    if let measured = check.objective?.comparison, !isBeaten { rules.gain = rules.improvement(measured.ratio) }
    rules.spent = clock.seconds
    let found = kept(check.losses.joined(separator: "; "))
    let measured = EventRecord(
      .measured, iteration: number, at: Clock.now(), spent: rules.spent, value: isBeaten ? nil : rules.gain,
      detail: !found.isEmpty ? found : check.isUndecided ? "not told from the baseline yet" : "better than the baseline"
    )
    if isBeaten {
      let back = EventRecord(
        .restored, iteration: 0, at: Clock.now(), detail: "try \(number) is not better than the baseline: \(found)")
      head = try ledger.record(measured, then: back, loop: loop).hash.description
      backToBaseline()
    } else {
      head = try ledger.record(measured, loop: loop).hash.description
    }
    checkedAt = rules.kept
    // Runs of a check belong to no iteration.
    _ = bench.takeRuns()
    try recordJudges(number)
    if !isLast || isBeaten { tell(.checked(number: number, check)) }
    return check
  }

  /// Goes on without a check that can't be made, and says so.
  private func passOver(_ why: String) throws -> ChampionCheck {
    let check = ChampionCheck(obstacle: kept(why))
    rules.spent = clock.seconds
    let event = EventRecord(
      .measured, iteration: championNumber, at: Clock.now(), spent: rules.spent, value: rules.gain,
      detail: "could not be measured: \(kept(why))")
    head = try ledger.record(event, loop: loop).hash.description
    checkedAt = rules.kept
    _ = bench.takeRuns()
    try recordJudges(championNumber)
    tell(.checked(number: championNumber, check))
    return check
  }

  /// Records what judges were asked for, and what that cost: also of earlier checks that were cut short.
  private func recordJudges(_ number: Int) throws {
    let runs = judgings(bench)
    guard !runs.isEmpty else { return }
    let told = try ledger.events(loop: loop, [.judged]).reduce(0) { $0 + ($1.value ?? 0) }
    let cost = max(0, (bench.spending?.spentOnChecks ?? 0) - told)
    try record(
      .judged, iteration: number, value: cost > 0 ? cost : nil,
      detail: "judges were asked for a check of the champion: \(AgentRun.told(runs, cost: cost))")
  }

  private func backToBaseline() {
    discardChampion()
    champion = baseline
    championNumber = 0
    championScores = baselineScores
    rules.gain = 1
    rules.value = baselineScores.first { $0.scorer.role == .objective }?.value
    passed = !baselineScores.contains { $0.scorer.role == .gate && $0.passed != true }
  }

  /// A gate counts as failing when it fails twice.
  private func checkGates(_ check: inout ChampionCheck) throws {
    for scorer in bench.harness.scorers where scorer.role == .gate {
      func evaluate(_ pair: Int) throws -> ScorerOutcome? {
        try holding(scorer, &check) {
          try waitingForJudges(championNumber) { try bench.evaluate(scorer, champion, seed: seed(pair, scorer)) }
        }
      }
      guard var outcome = try evaluate(0) else { continue }
      if outcome.passed != true {
        guard let second = try evaluate(1) else { continue }
        outcome = second
      }
      if outcome.passed != true { check.losses.append("gate \(scorer.name) fails: \(outcome.explanation)") }
    }
  }

  private func checkObjective(_ scorer: HarnessScorer, _ check: inout ChampionCheck) throws {
    guard let outcome = try holding(scorer, &check, { try compare(scorer) }) else { return }
    check.objective = outcome
    switch outcome.comparison?.answer {
    case .better?: break
    case .worse?: check.losses.append("\(scorer.name) is worse than the baseline's")
    case .same?: check.losses.append("\(scorer.name) is the same as the baseline's")
    case .undecided?, nil: check.isUndecided = true
    }
  }

  private func checkGuards(_ check: inout ChampionCheck) throws {
    let guards = GuardCheck(bench)
    for scorer in guards.scorers {
      let finding = try holding(scorer, &check) {
        try guards.compare(scorer, baseline: baseline, with: champion) { seed($0, scorer) }
      }
      if let loss = finding?.loss { check.losses.append(loss) }
    }
  }

  /// What a scorer finds; nil where the champion fails, which is a loss. The fault rule holds here too: a champion that breaks a
  /// scorer that works on the baseline has lost, else one that broke it late could never be measured again. A fault that isn't the
  /// champion's may be gone the second time.
  ///
  /// - Throws: `EvaluationFault.unavailable` where it isn't.
  private func holding<Answer>(
    _ scorer: HarnessScorer, _ check: inout ChampionCheck, _ body: () throws -> Answer
  ) throws -> Answer? {
    for isSecond in [false, true] {
      do { return try body() } catch EvaluationFault.rejected(let why) {
        check.losses.append(why)
        return nil
      } catch {
        guard let why = ScorerFault.message(of: error) else { throw error }
        let onBaseline = try bench.fault(of: scorer, on: baseline, seed: seed(2, scorer))
        if onBaseline == nil, let again = try bench.fault(of: scorer, on: champion, seed: seed(3, scorer)) {
          check.losses.append("broke the scorer: \(again)")
          return nil
        }
        if isSecond { throw EvaluationFault.unavailable(why) }
      }
    }
    return nil
  }

  private func compare(_ scorer: HarnessScorer) throws -> ScorerOutcome {
    var comparison = PairedComparison(bench, scorer: scorer)
    comparison.screening = CaseCalibration.screening(of: scorer, known: calibration?.current(for: scorer))
    return try waitingForJudges(championNumber) {
      try comparison.compare(
        champion: baseline, candidate: champion, alpha: bench.harness.loop.errorRate,
        seed: { [self] in seed($0, scorer) })
    }
  }

  /// New for each check, and the same again where a kill cut it short.
  private func seed(_ pair: Int, _ scorer: HarnessScorer) -> UInt64 {
    seeds.seed(iteration: championNumber, pair: pair, purpose: "check \(rules.tries) \(scorer.name)")
  }
}
