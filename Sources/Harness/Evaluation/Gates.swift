internal import Digests
internal import Sandbox
internal import Scoring

extension Workbench {
  /// Runs a scorer once on a built specimen and says whether it passed, or what its number is.
  ///
  /// - Throws: `.rejected` where our own score step refuses the candidate.
  package func evaluate(_ scorer: HarnessScorer, _ specimen: Specimen, seed: UInt64) throws -> ScorerOutcome {
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
    let expected: Int32
    if case .exitCode(let code) = scorer.expect { expected = Int32(code) } else { expected = 0 }
    let passed = run.result.outcome.reason == .exited(expected)
    return ScorerOutcome(
      scorer: scorer, channel: .inside, value: passed ? 1 : 0, passed: passed,
      explanation: passed ? "" : "\(run.result.outcome.reason)" + lines(run.result))
  }

  private func tests(_ scorer: HarnessScorer, _ specimen: Specimen, seed: UInt64) throws -> ScorerOutcome {
    let (report, verdict, output) = try testVerdict(scorer, specimen, seed: seed)
    var outcome = ScorerOutcome(
      scorer: scorer, channel: .inside, value: verdict.passRate, unit: "pass rate", passed: verdict.passed,
      explanation: verdict.passed ? summary(report) : verdict.reasons.joined(separator: "\n"))
    outcome.failingOutput = output
    return outcome
  }

  /// Runs the tests twice on the baseline: the names to hold later, and those that can't make up their mind.
  package func pinTests(_ scorer: HarnessScorer, _ specimen: Specimen, seed: UInt64) throws -> ScorerOutcome {
    let first = try testVerdict(scorer, specimen, seed: seed)
    let second = try testVerdict(scorer, specimen, seed: seed &+ 1)
    let outcomes = scorer.outcomes(first.report)
    let again = scorer.outcomes(second.report)
    var unstable: Set<String> = []
    for name in Set(outcomes.keys).union(again.keys) where outcomes[name] != again[name] { unstable.insert(name) }
    let names = Set(outcomes.filter { $0.value != .skipped }.keys).union(again.filter { $0.value != .skipped }.keys)
    pinned[scorer.name] = PinnedTests(names: names, unstable: unstable)
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
    guard run.result.outcome.succeeded else {
      return ScorerOutcome(
        scorer: scorer, channel: .outside, passed: false,
        explanation: "run \(run.result.outcome.reason)" + lines(run.result))
    }
    let judged: Sandbox.Result
    if scorer.score == nil { judged = run.result } else { judged = try score(scorer, specimen, run: run) }
    guard judged.outcome.succeeded else {
      throw ScorerBroken(message: "\(scorer.name): score \(judged.outcome.reason)" + lines(judged))
    }
    let answer: ScoreAnswer
    do {
      answer = try ScoreAnswer.read(judged.output.head)
    } catch {
      throw ScorerBroken(message: "\(scorer.name): what score printed is no score: \(error)")
    }
    let channel: Channel = scorer.score == nil ? .inside : .outside
    switch answer {
    case .reject(let why):
      return ScorerOutcome(scorer: scorer, channel: channel, passed: false, explanation: why)
    case .score(let value, let metrics, let explanation):
      var outcome = ScorerOutcome(
        scorer: scorer, channel: channel, value: value, unit: scorer.unit ?? "", passed: value > 0,
        explanation: explanation)
      outcome.metrics = metrics
      return outcome
    }
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
