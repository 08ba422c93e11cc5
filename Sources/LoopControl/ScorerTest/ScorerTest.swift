internal import Digests
package import Harness
internal import Ledger
internal import Sandbox
internal import Scoring
internal import Workspace

/// Tries a harness's scorers on candidates whose verdicts are known.
///
/// Each candidate goes through the evaluation and the accept rule of a loop, with the unchanged tree as champion and baseline. Then
/// each scorer answers twice under one seed, so that what it keeps from run to run, or takes from elsewhere, shows.
package struct ScorerTest {
  private let bench: Workbench
  private let candidates: [DeclaredCandidate]
  private let seed: Int
  private let seeds: Seeds
  private let unasked: [(scorer: String, why: String)]
  /// Told what is done next, in a few words.
  package var progress: (String) -> Void = { _ in }

  /// - Parameters:
  ///   - seed: Everything that is drawn follows from it.
  ///   - unasked: Judges that can't be asked, and why; the bench's harness is without them.
  package init(
    _ bench: Workbench, candidates: [DeclaredCandidate], seed: Int, unasked: [(scorer: String, why: String)] = []
  ) {
    self.unasked = unasked
    self.bench = bench
    self.candidates = candidates
    self.seed = seed
    seeds = Seeds(secret: Digest(of: "scorer test \(seed)".utf8).bytes)
  }

  package func run() throws -> ScorerTestReport {
    var report = ScorerTestReport(seed: seed)
    report.checkDeclarations(candidates, bench)
    for (scorer, why) in unasked {
      report.find(
        .wrong, scorer, "its judge can't be asked: \(why)",
        "without it the other scorers are tried, and what they reject is decided; every other candidate is left open")
    }
    progress("the unchanged tree")
    let baseline: Specimen
    do { baseline = try bench.build(bench.baseline(), cache: nil) } catch EvaluationFault.rejected(let why) {
      report.find(.wrong, "the unchanged tree", "it can't be built: \(why)", "make `belljar score` work first")
      return report
    }
    defer { bench.discard(baseline) }
    guard try checkScorers(on: baseline, &report) else { return report }
    for (number, candidate) in candidates.enumerated() {
      progress("candidate \(candidate.name)")
      var trial = try trial(candidate, number: number + 1, baseline: baseline, &report)
      trial.isOpen = !unasked.isEmpty && (trial.verdict == .kept || trial.verdict == .discarded)
      report.add(trial)
    }
    report.checkDeterminism(bench.harness)
    return report
  }

  /// The scorers on the unchanged tree.
  ///
  /// - Returns: Whether they work at all; without that no candidate can be judged.
  private func checkScorers(on baseline: Specimen, _ report: inout ScorerTestReport) throws -> Bool {
    var works = true
    for scorer in bench.harness.scorers {
      do {
        try checkInputs(scorer, &report)
        if scorer.kind == .tests { try pinTests(scorer, baseline, &report) }
        let outcome = try twice(scorer, baseline, of: "the unchanged tree", &report)
        if bench.harness.loop.strategy == .optimize, scorer.role == .gate, outcome.passed != true {
          works = false
          report.find(
            .wrong, scorer.name, "the unchanged tree fails this gate: \(outcome.explanation)",
            "a loop that optimizes starts from a tree that is right; make it pass, or use 'strategy: retry'")
        }
        if scorer.role == .objective, outcome.value == nil {
          works = false
          report.find(
            .wrong, scorer.name, "the unchanged tree has no score: \(outcome.explanation)",
            "a candidate is compared with it: the scorer must answer with a number here")
        }
      } catch let broken as ScorerBroken {
        works = false
        report.find(
          .wrong, scorer.name, "it fails on the unchanged tree: \(broken.message)", Self.advice(broken.message))
      } catch EvaluationFault.invalid(let why) {
        works = false
        report.find(.wrong, scorer.name, "it fails on the unchanged tree: \(why)", Self.advice(why))
      } catch EvaluationFault.rejected(let why) {
        works = false
        report.find(.wrong, scorer.name, "it rejects the unchanged tree: \(why)", "make `belljar score` work first")
      }
      noteRuns(&report)
    }
    return works
  }

  private func pinTests(_ scorer: HarnessScorer, _ baseline: Specimen, _ report: inout ScorerTestReport) throws {
    _ = try bench.pinTests(scorer, baseline, seed: seed(0, scorer))
    guard let unstable = bench.pinned[scorer.name]?.unstable.sorted(), let first = unstable.first else { return }
    report.find(
      .warning, scorer.name,
      "\(unstable.count) test(s) answer differently from run to run, such as '\(first)': they count for nothing",
      "make them stable; what must pass in any case stands under 'required'")
  }

  /// Inputs are a function of the seed, and of nothing else.
  private func checkInputs(_ scorer: HarnessScorer, _ report: inout ScorerTestReport) throws {
    guard let first = try bench.inputFiles(of: scorer, seed: seed(0, scorer)) else { return }
    if first != (try bench.inputFiles(of: scorer, seed: seed(0, scorer))) {
      report.find(
        .wrong, scorer.name, "'prepare' wrote different inputs under one seed",
        "draw everything from $BELLJAR_SEED: no clock, no /dev/urandom, no order of a set or folder")
    } else if first == (try bench.inputFiles(of: scorer, seed: seed(1, scorer))) {
      report.find(
        .warning, scorer.name, "'prepare' wrote the same inputs under two seeds",
        "a candidate may carry the answers to inputs that never change; draw them from $BELLJAR_SEED")
    }
  }

  private func trial(
    _ candidate: DeclaredCandidate, number: Int, baseline: Specimen, _ report: inout ScorerTestReport
  ) throws -> ScorerTestReport.Trial {
    let changes: Changes
    do { changes = try bench.changes(of: candidate) } catch EvaluationFault.invalid(let why) {
      return ScorerTestReport.trial(candidate, .invalid, why)
    }
    let sorted = bench.classify(changes)
    guard sorted.violations.isEmpty else {
      let paths = sorted.violations.prefix(5).map(\.description).joined(separator: ", ")
      return ScorerTestReport.trial(candidate, .rejected, "changed what is fixed: \(paths)")
    }
    if let over = sorted.overLimit { return ScorerTestReport.trial(candidate, .rejected, over) }
    let specimen = try bench.specimen("candidate \(candidate.name)", changes: sorted.accepted)
    let judge = Judge(
      bench: bench, alpha: 0.05, seed: { [seeds] in seeds.seed(iteration: number, pair: $0, purpose: $1) })
    let judgement = try judge.measure(
      judge.gate(specimen, champion: baseline), champion: baseline, baseline: baseline)
    defer { bench.discard(judgement.specimen) }
    // The unchanged tree's answers were asked for twice already.
    if !candidate.isUnchanged, bench.harness.build == nil || judgement.specimen.built != nil {
      try repeatScorers(on: judgement.specimen, candidate, judgement, &report)
    }
    noteRuns(&report)
    return ScorerTestReport.trial(candidate, judgement.verdict, judgement.reason, judgement.scores)
  }

  private func repeatScorers(
    on specimen: Specimen, _ candidate: DeclaredCandidate, _ judgement: Judgement, _ report: inout ScorerTestReport
  ) throws {
    func fails(_ scorer: HarnessScorer, _ why: String) {
      // Where that decided, the verdict says so already.
      guard judgement.verdict != .invalid, judgement.verdict != .rejected else { return }
      report.find(
        .wrong, scorer.name, "it judged candidate '\(candidate.name)', but failed when it was asked again: \(why)",
        Self.advice(why))
    }
    // Times differ by nature, and what that means for a verdict is what `calibrate` finds out.
    for scorer in bench.harness.scorers where scorer.kind != .benchmark {
      do {
        _ = try twice(scorer, specimen, of: "candidate '\(candidate.name)'", &report)
      } catch let broken as ScorerBroken {
        fails(scorer, broken.message)
      } catch EvaluationFault.invalid(let why) {
        fails(scorer, why)
      } catch EvaluationFault.rejected(let why) {
        fails(scorer, why)
      }
    }
  }

  /// Asks a scorer twice under one seed.
  private func twice(
    _ scorer: HarnessScorer, _ specimen: Specimen, of what: String, _ report: inout ScorerTestReport
  ) throws -> ScorerOutcome {
    let first = try bench.evaluate(scorer, specimen, seed: seed(0, scorer))
    guard scorer.kind != .benchmark else { return first }
    let second = try bench.evaluate(scorer, specimen, seed: seed(0, scorer))
    report.note(scorer, first, second, of: what)
    return first
  }

  /// What our own steps left running.
  private func noteRuns(_ report: inout ScorerTestReport) {
    for run in bench.takeRuns() where run.side == "ours" && run.outcome.leftOver > 0 {
      report.find(
        .wrong, run.step, "the step ended and left \(run.outcome.leftOver) process(es) running, which were killed",
        "wait for what it starts: what it still had to write is lost")
    }
  }

  private func seed(_ number: Int, _ scorer: HarnessScorer) -> UInt64 {
    seeds.seed(iteration: 0, pair: number, purpose: scorer.name)
  }

  /// What to do about a scorer's failure, by what it says of itself.
  private static func advice(_ message: String) -> String {
    if message.contains("Read-only file system") || message.contains("Permission denied") {
      return
        "'prepare' writes to $BELLJAR_IN, 'run' to $BELLJAR_OUT, and 'score' only prints; all else is read-only, but for /tmp"
    }
    if message.contains("error while loading shared libraries") || message.contains("not found") {
      return
        "steps see /usr and what the harness shows: name it under 'inputs', or link it in (swift build --static-swift-stdlib)"
    }
    if message.contains("does not exist") {
      return
        "is it built, and in the tree? What git ignores is not: add '!' and its path to .gitignore, or name it under 'inputs'"
    }
    if message.contains("is not a number that counts") {
      return "a score is one finite number: say {\"reject\": \"why\"} where there is none"
    }
    if message.contains("expected the end after one value") {
      return "'score' prints one number or one object and nothing else; what is meant for people goes to stderr"
    }
    return "run the step by hand: belljar run --step NAME.score -- CMD; docs/scorers.md says what each step sees"
  }
}
