internal import Digests
internal import Sandbox
internal import Scoring

extension Workbench {
  /// Runs a scorer once on a built specimen and says whether it passed, or what its number is.
  ///
  /// - Throws: `.rejected` where our own score step refuses the candidate.
  package func evaluate(_ scorer: HarnessScorer, _ specimen: Specimen, seed: UInt64) throws -> ScorerOutcome {
    try notingLeftOvers { try judged(scorer, specimen, seed: seed) }
  }

  /// Adds to an outcome how many processes outlived the runs that led to it.
  func notingLeftOvers(_ evaluation: () throws -> ScorerOutcome) rethrows -> ScorerOutcome {
    let before = runCount
    var outcome = try evaluation()
    let left = leftOver(since: before)
    if left > 0 {
      // No fault by itself (a compiler's server stays too), but what a reader of an odd score wants to know.
      let said =
        left == 1 ? "1 process outlived its run and was killed" : "\(left) processes outlived their run and were killed"
      outcome.explanation += (outcome.explanation.isEmpty ? "" : "\n") + said
    }
    return outcome
  }

  private func judged(_ scorer: HarnessScorer, _ specimen: Specimen, seed: UInt64) throws -> ScorerOutcome {
    if scorer.kind == .benchmark { return try benchmarkOnce(scorer, specimen, seed: seed) }
    if scorer.isInteractive { return try converse(scorer, specimen, seed: seed) }
    if scorer.run == nil {
      return try scorer.kind == .judge ? judgedBuild(scorer, specimen) : judgedTree(scorer, specimen, seed: seed)
    }
    let run = try prepared(scorer, specimen, seed: seed)
    defer { finish(run) }
    return try outcome(of: scorer, specimen, run.remains, input: run.input)
  }

  /// Judges what a run left, now or later. Nothing of the candidate runs.
  ///
  /// - Parameter input: `$BELLJAR_IN` on the host; nil without `prepare`.
  func outcome(
    of scorer: HarnessScorer, _ specimen: Specimen, _ left: RunRemains, input: String?
  ) throws -> ScorerOutcome {
    switch scorer.kind {
    case .exitCode: return exitCode(scorer, specimen, left)
    case .tests: return try tests(scorer, specimen, left)
    case .metric: return try failed(scorer, specimen, left) ?? metric(scorer, specimen, left)
    case .command:
      if let failed = failed(scorer, specimen, left) { return failed }
      let judged = try score(scorer, specimen, out: left.out, input: input)
      return try judge(scorer, specimen, judged, answer: judged.output.head)
    case .judge: return try failed(scorer, specimen, left) ?? judged(scorer, specimen, left)
    case .benchmark: throw EvaluationFault.invalid("\(scorer.name): a time can't be judged from what a run left")
    }
  }

  /// A scorer without `run`: our own step looks at the tree alone.
  private func judgedTree(_ scorer: HarnessScorer, _ specimen: Specimen, seed: UInt64) throws -> ScorerOutcome {
    let input = try prepare(scorer, seed: seed)
    defer { release(input: input) }
    let out = try newScratch()
    defer { remove([out]) }
    let judged = try score(scorer, specimen, out: out, input: input)
    return try judge(scorer, specimen, judged, answer: judged.output.head)
  }

  private func exitCode(_ scorer: HarnessScorer, _ specimen: Specimen, _ left: RunRemains) -> ScorerOutcome {
    let passed = left.code == expectedCode(scorer)
    var outcome = ScorerOutcome(
      scorer: scorer, channel: .inside, value: passed ? 1 : 0, passed: passed,
      explanation: passed ? "" : left.ended + left.says)
    outcome.decidedBy = decided(
      by: "\(scorer.name).run", words: "the run \(left.ended)", texts: passed ? [] : left.tails, specimen)
    return outcome
  }

  private func tests(_ scorer: HarnessScorer, _ specimen: Specimen, _ left: RunRemains) throws -> ScorerOutcome {
    let (report, verdict, output) = try testVerdict(scorer, left)
    var outcome = ScorerOutcome(
      scorer: scorer, channel: .inside, value: verdict.passRate, unit: "pass rate", passed: verdict.passed,
      explanation: verdict.passed ? summary(report) : verdict.reasons.joined(separator: "\n"))
    outcome.failingOutput = output
    let test = decidingTest(scorer, report, verdict)
    outcome.decidedBy = decided(
      by: "\(scorer.name).run", test: test?.name,
      words: test?.words ?? (verdict.passed ? "every test that counts passed" : verdict.reasons[0]), texts: [output],
      specimen)
    return outcome
  }

  /// Runs the tests twice on the baseline: the names to hold later, and those that can't make up their mind.
  package func pinTests(_ scorer: HarnessScorer, _ specimen: Specimen, seed: UInt64) throws -> ScorerOutcome {
    let first = try testVerdict(scorer, specimen, seed: seed)
    let second = try testVerdict(scorer, specimen, seed: seed &+ 1)
    let tests = try scorer.pins(scorer.outcomes(first.report), scorer.outcomes(second.report))
    let (names, unstable) = (tests.names, tests.unstable)
    pinned[scorer.name] = tests
    guard !names.isEmpty else {
      // A report that names a test twice can be a pass to the gate and still leave nothing to hold.
      let why = first.verdict.reasons.isEmpty ? ["all were skipped"] : first.verdict.reasons
      throw EvaluationFault.invalid("\(scorer.name): the baseline has no tests: " + why.joined(separator: "; "))
    }
    var outcome = ScorerOutcome(
      scorer: scorer, channel: .inside, value: second.verdict.passRate, unit: "pass rate",
      passed: second.verdict.passed,
      explanation: second.verdict.passed
        ? "\(names.count) tests" + (unstable.isEmpty ? "" : ", \(unstable.count) unstable")
        : second.verdict.reasons.joined(separator: "\n"))
    outcome.failingOutput = second.output
    return outcome
  }

  /// The outcome of a run that did not end as it should, which nothing judges any more; nil for one that did.
  func failed(_ scorer: HarnessScorer, _ specimen: Specimen, _ left: RunRemains) -> ScorerOutcome? {
    guard left.code != expectedCode(scorer), !(left.ranOutOfTime && scorer.overBudget == .score) else { return nil }
    var outcome = ScorerOutcome(
      scorer: scorer, channel: scorer.measuredChannel, passed: false, explanation: "run \(left.ended)" + left.says)
    outcome.decidedBy = decided(
      by: "\(scorer.name).run", words: "the run \(left.ended)", texts: left.tails, specimen)
    return outcome
  }

  /// Reads the answer of a score step that has ended.
  ///
  /// - Throws: `ScorerBroken` where the step failed or its answer is none.
  func judge(
    _ scorer: HarnessScorer, _ specimen: Specimen, _ judged: Sandbox.Result, answer bytes: [UInt8]
  ) throws -> ScorerOutcome {
    let step = "\(scorer.name).score"
    var outcome: ScorerOutcome
    switch try answer(scorer, judged, bytes) {
    case .reject(let why):
      outcome = ScorerOutcome(scorer: scorer, channel: .outside, passed: false, explanation: why)
      outcome.decidedBy = decided(by: step, words: "rejected: \(why)", specimen)
    case .score(let value, let metrics, let explanation):
      outcome = ScorerOutcome(
        scorer: scorer, channel: .outside, value: value, unit: scorer.unit ?? "", passed: value > 0,
        explanation: explanation)
      outcome.metrics = metrics
      outcome.decidedBy = decided(
        by: step, words: "answered \(value)" + (explanation.isEmpty ? "" : ": \(explanation)"), specimen)
    }
    return outcome
  }

  func answer(_ scorer: HarnessScorer, _ judged: Sandbox.Result, _ bytes: [UInt8]) throws -> ScoreAnswer {
    guard judged.outcome.succeeded else {
      throw ScorerBroken(message: "\(scorer.name): score \(judged.outcome.reason)" + lines(judged))
    }
    do {
      return try ScoreAnswer.read(bytes)
    } catch {
      throw ScorerBroken(message: "\(scorer.name): what score printed is no score: \(error)")
    }
  }

  /// The exit code of a run that counts.
  func expectedCode(_ scorer: HarnessScorer) -> Int32 {
    if case .exitCode(let code) = scorer.expect { Int32(code) } else { 0 }
  }

  func prepared(_ scorer: HarnessScorer, _ specimen: Specimen, seed: UInt64) throws -> ScorerRun {
    let input = try prepare(scorer, seed: seed)
    do {
      return try run(scorer, specimen, side: "candidate", input: input)
    } catch {
      release(input: input)
      throw error
    }
  }

  func finish(_ run: ScorerRun) {
    release(run)
    release(input: run.input)
  }

  func lines(_ result: Sandbox.Result) -> String {
    RunReport.why(result, result.error.count > 0 ? result.error : result.output)
  }
}

/// Our own score step failed: whose fault it is, is found by running it on the champion's outputs.
package struct ScorerBroken: Error, Sendable { package let message: String }

extension HarnessScorer {
  /// The matrix as variables for each case; one empty case without a matrix.
  package var cases: [[String: String]] {
    var cases: [[String: String]] = [[:]]
    for axis in matrix {
      cases = cases.flatMap { known in
        axis.values.map { value in known.merging([axis.variable: value]) { $1 } }
      }
    }
    return cases
  }
}
