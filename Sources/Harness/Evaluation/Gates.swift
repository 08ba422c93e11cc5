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
    switch scorer.kind {
    case .exitCode: return try exitCode(scorer, specimen, seed: seed)
    case .tests: return try tests(scorer, specimen, seed: seed)
    case .command, .metric: return try command(scorer, specimen, seed: seed)
    case .benchmark: return try benchmarkOnce(scorer, specimen, seed: seed)
    }
  }

  private func exitCode(_ scorer: HarnessScorer, _ specimen: Specimen, seed: UInt64) throws -> ScorerOutcome {
    let run = try prepared(scorer, specimen, seed: seed)
    defer { finish(run) }
    let passed = run.result.outcome.reason == .exited(expectedCode(scorer))
    var outcome = ScorerOutcome(
      scorer: scorer, channel: .inside, value: passed ? 1 : 0, passed: passed,
      explanation: passed ? "" : "\(run.result.outcome.reason)" + lines(run.result))
    outcome.decidedBy = decided(
      by: "\(scorer.name).run", words: "the run \(run.result.outcome.reason)",
      texts: passed ? [] : [run.result.error, run.result.output].map(RunReport.tail), specimen)
    return outcome
  }

  private func tests(_ scorer: HarnessScorer, _ specimen: Specimen, seed: UInt64) throws -> ScorerOutcome {
    let (report, verdict, output) = try testVerdict(scorer, specimen, seed: seed)
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
      throw EvaluationFault.invalid(
        "\(scorer.name): the baseline has no tests: " + first.verdict.reasons.joined(separator: "; "))
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

  private func command(_ scorer: HarnessScorer, _ specimen: Specimen, seed: UInt64) throws -> ScorerOutcome {
    let run = try prepared(scorer, specimen, seed: seed)
    defer { finish(run) }
    if let failed = failed(scorer, specimen, run) { return failed }
    return try judge(
      scorer, specimen, try scorer.score == nil ? run.result : score(scorer, specimen, out: run.out, input: run.input))
  }

  /// The outcome of a run that did not end as it should, which nothing judges any more; nil for one that did.
  func failed(_ scorer: HarnessScorer, _ specimen: Specimen, _ run: ScorerRun) -> ScorerOutcome? {
    guard run.result.outcome.reason != .exited(expectedCode(scorer)) else { return nil }
    var outcome = ScorerOutcome(
      scorer: scorer, channel: .outside, passed: false,
      explanation: "run \(run.result.outcome.reason)" + lines(run.result))
    outcome.decidedBy = decided(
      by: "\(scorer.name).run", words: "the run \(run.result.outcome.reason)",
      texts: [run.result.error, run.result.output].map(RunReport.tail), specimen)
    return outcome
  }

  /// Reads what a score step printed.
  ///
  /// - Throws: `ScorerBroken` where the step failed or its output is no answer.
  func judge(_ scorer: HarnessScorer, _ specimen: Specimen, _ judged: Sandbox.Result) throws -> ScorerOutcome {
    let channel: Channel = scorer.score == nil ? .inside : .outside
    let step = "\(scorer.name).\(scorer.score == nil ? "run" : "score")"
    var outcome: ScorerOutcome
    switch try answer(scorer, judged) {
    case .reject(let why):
      outcome = ScorerOutcome(scorer: scorer, channel: channel, passed: false, explanation: why)
      outcome.decidedBy = decided(by: step, words: "rejected: \(why)", specimen)
    case .score(let value, let metrics, let explanation):
      outcome = ScorerOutcome(
        scorer: scorer, channel: channel, value: value, unit: scorer.unit ?? "", passed: value > 0,
        explanation: explanation)
      outcome.metrics = metrics
      outcome.decidedBy = decided(
        by: step, words: "answered \(value)" + (explanation.isEmpty ? "" : ": \(explanation)"), specimen)
    }
    return outcome
  }

  func answer(_ scorer: HarnessScorer, _ judged: Sandbox.Result) throws -> ScoreAnswer {
    guard judged.outcome.succeeded else {
      throw ScorerBroken(message: "\(scorer.name): score \(judged.outcome.reason)" + lines(judged))
    }
    do {
      return try ScoreAnswer.read(judged.output.head)
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
