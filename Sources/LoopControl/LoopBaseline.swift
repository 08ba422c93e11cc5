internal import Harness
internal import Ledger
internal import Scoring

extension LoopRunner {
  /// Measures the tree as the loop found it: iteration 0, before the first proposal.
  func measureBaseline() throws {
    tell(.began(name: bench.harness.name, notes: bench.notes))
    let started = Clock.working()
    let number = try beginBaseline()
    baseline = try buildBaseline()
    champion = baseline
    var scores: [ScorerOutcome] = []
    var failed: [String] = []
    for scorer in bench.harness.scorers where scorer.role != .holdout {
      let seed = seeds.seed(iteration: 0, pair: 0, purpose: scorer.name)
      do {
        let outcome = try waitingForJudges(number) {
          try scorer.kind == .tests
            ? bench.pinTests(scorer, baseline, seed: seed) : bench.evaluate(scorer, baseline, seed: seed)
        }
        scores.append(outcome)
        if scorer.role == .gate, outcome.passed != true { failed.append("\(scorer.name): \(outcome.explanation)") }
      } catch let broken as ScorerBroken {
        throw EvaluationFault.invalid("on the baseline, \(broken.message)")
      } catch EvaluationFault.rejected(let why) {
        throw EvaluationFault.invalid("on the baseline, \(why)")
      }
    }
    try pinHoldouts()
    passed = failed.isEmpty
    championScores = scores
    baselineScores = scores
    rules.value = scores.first { $0.scorer.role == .objective }?.value
    let seconds = Clock.working() - started
    let pinned = bench.pinned.sorted { $0.key < $1.key }.map { name, tests in
      EventRecord(.pinned, at: Clock.now(), detail: PinnedText.text(scorer: name, tests))
    }
    try finish(
      number, verdict: .kept, reason: passed ? "baseline" : "baseline; gates fail", specimen: baseline, edit: nil,
      note: nil, scores: scores, objective: nil, seconds: seconds, moves: true, runs: bench.takeRuns(), events: pinned,
      steps: try records(of: judgings(bench)))
    tell(.baseline(scores: scores, seconds: seconds))
    try requirePassingBaseline(failed.first)
    try tellOfFailingHoldouts()
    try makePopulation(before: 1)
  }

  /// What tests a holdout has; without that a report with one test in it would do. How they ended is nobody's to know.
  private func pinHoldouts() throws {
    for scorer in bench.harness.scorers where scorer.role == .holdout && scorer.kind == .tests {
      _ = try bench.pinTests(scorer, baseline, seed: seeds.seed(iteration: 0, pair: 0, purpose: scorer.name))
    }
  }

  /// An objective is worth nothing on a program that is wrong to begin with.
  func requirePassingBaseline(_ failed: String?) throws {
    guard bench.harness.loop.strategy == .optimize, let failed else { return }
    throw EvaluationFault.invalid(
      "the baseline itself fails the gate \(failed)\nmake it pass first, or use 'strategy: retry'")
  }

  /// A holdout that fails to begin with, because an answer is wrong or missing, would turn every gain away as suspected gaming.
  private func tellOfFailingHoldouts() throws {
    guard bench.harness.loop.strategy == .optimize else { return }
    // Of no iteration: agents learn of what is recorded there.
    defer { _ = bench.takeRuns() }
    for scorer in bench.harness.scorers where scorer.role == .holdout {
      var why: String?
      do {
        let outcome = try waitingForJudges(0) {
          try bench.evaluate(scorer, baseline, seed: seeds.seed(iteration: 0, pair: 0, purpose: scorer.name))
        }
        if outcome.passed != true { why = outcome.explanation }
      } catch EvaluationFault.rejected(let message) { why = message } catch {
        guard let message = ScorerFault.message(of: error) else { throw error }
        why = message
      }
      guard let why else { continue }
      tell(
        .warned(
          "the baseline fails the holdout \(scorer.name), and so will all that don't happen to mend it: \(why)"))
    }
  }

  func buildBaseline() throws -> Specimen {
    do { return try bench.build(bench.baseline(), cache: nil) } catch EvaluationFault.rejected(let why) {
      throw EvaluationFault.invalid("the tree as it stands can't be built: \(why)")
    }
  }
}

/// The tests that the baseline has, as an event keeps them: the scorer's name, the stable names, an empty line, the unstable ones,
/// each on a line of its own with `\` and line ends escaped.
enum PinnedText {
  static func text(scorer: String, _ tests: PinnedTests) -> String {
    ([scorer] + tests.names.sorted()).map(escaped).joined(separator: "\n") + "\n\n"
      + tests.unstable.sorted().map(escaped).joined(separator: "\n")
  }

  static func read(_ text: String) -> (scorer: String, tests: PinnedTests)? {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false)[...]
    guard let scorer = lines.popFirst(), let gap = lines.firstIndex(of: "") else { return nil }
    func names(_ lines: ArraySlice<Substring>) -> Set<String> { Set(lines.filter { !$0.isEmpty }.map(unescaped)) }
    return (
      unescaped(scorer), PinnedTests(names: names(lines[..<gap]), unstable: names(lines[lines.index(after: gap)...]))
    )
  }

  private static func escaped(_ name: String) -> String {
    var text = name.isEmpty ? "\\e" : ""
    for scalar in name.unicodeScalars {
      switch scalar {
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text
  }

  private static func unescaped(_ line: Substring) -> String {
    var text = ""
    var scalars = line.unicodeScalars.makeIterator()
    while let scalar = scalars.next() {
      guard scalar == "\\" else {
        text.unicodeScalars.append(scalar)
        continue
      }
      switch scalars.next() {
      case "n": text += "\n"
      case "r": text += "\r"
      case "\\": text += "\\"
      default: break
      }
    }
    return text
  }
}
