package import Egress
internal import Glibc
package import Harness
package import Sandbox
internal import Scoring
internal import Workspace

/// Two revisions under one harness: built, gated, and measured side by side.
package struct RevisionComparison {
  package let plan: RevisionPlan
  package let source: RevisionPlan.HarnessSource
  /// The harness file's folder, its name there, and the tree's root.
  package let folder: String
  package let file: String
  package let root: String
  package let state: StateFolder
  /// What serves the network of steps that have one; nil where none may.
  package let servers: EgressServers?
  /// In place of the harness's own margins.
  package var margin: Double?
  package var alpha = 0.05
  /// How long is measured, in seconds.
  package var timeLimit = 300.0
  package var lock: MeasurementLock?
  /// What is being done, for a progress line.
  package var progress: ((String) -> Void)?

  package init(
    plan: RevisionPlan, source: RevisionPlan.HarnessSource, folder: String, file: String, root: String,
    state: StateFolder, servers: EgressServers? = nil
  ) {
    self.plan = plan
    self.source = source
    self.folder = folder
    self.file = file
    self.root = root
    self.state = state
    self.servers = servers
  }

  /// Compares them.
  ///
  /// - Throws: `MeasurementCancelled`; what goes wrong on one side is in the report.
  package func run(cancellation: Cancellation) throws -> ComparisonReport {
    let watch = MachineWatch()
    let began = MonotonicClock.seconds()
    var report = ComparisonReport(
      name: plan.harness.name, base: plan.baseSide, head: plan.headSide, alpha: alpha)
    report.differences = plan.differences
    report.harnessPath = try RevisionReader(folder: folder).prefix() + file
    do {
      try fill(&report, cancellation: cancellation)
    } catch EvaluationFault.cancelled {
      throw MeasurementCancelled()
    } catch let failure as ComparisonFailure {
      report.failure = failure
    } catch let failure as SideFailure {
      report.failure = failure.side == .candidate ? .head(failure.why) : .base(failure.why + hintOfNew)
    }
    // What was not reached is told as such, never left out.
    let reached = Set(report.cases.map(\.name))
    for scorer in plan.harness.scorers where scorer.isCompared {
      // The benchmarks of a report are known when it has been read.
      if scorer.measure == .reported, reached.contains(where: { $0.hasPrefix("\(scorer.name) ") }) { continue }
      for name in scorer.caseNames where !reached.contains(name) {
        report.cases.append(
          CaseReport(
            scorer.settings(named: name, margin: margin), answer: plan.firstRun == nil ? .notMeasured : .new))
      }
    }
    report.cases += plan.newCases.map {
      CaseReport(name: $0, unit: "", answer: .new, explanation: "only head's \(file) has it")
    }
    report.machine = watch.conditions(lock)
    report.notes += report.machine?.warnings ?? []
    report.seconds = MonotonicClock.seconds() - began
    return report
  }

  private var hintOfNew: String {
    source == .head ? "\nif base can't have this case yet, compare without --harness-from head" : ""
  }

  private func fill(_ report: inout ComparisonReport, cancellation: Cancellation) throws {
    progress?("reading the revisions")
    let use = try StateUse(stateFolder: state.path)
    defer { withExtendedLifetime(use) {} }
    let trees = try RevisionTrees(plan, source: source, root: root, file: treePath, state: state)
    report.notes += trees.notes
    if !trees.overruled.isEmpty {
      let names = trees.overruled.prefix(10).map(\.description).joined(separator: ", ")
      let more = trees.overruled.count > 10 ? " and \(trees.overruled.count - 10) more" : ""
      report.differences.append("\(names)\(more): the harness's files are \(source.rawValue)'s on both sides")
    }
    guard let baseTree = trees.base else {
      if let why = plan.firstRun { report.failure = .firstRun(why) }
      let head = try built("head", trees.head, cancellation) { .head($0) }
      defer { head.bench.discard(head.specimen) }
      report.gates = try gates(head.bench, head: head.specimen, base: nil, report: &report)
      return
    }
    // Links of the new side are followed by our own steps as those of a candidate are.
    let hidden = try plan.harness.surface.hidden.map { try Glob($0) }
    let sealed = SealedInputs(of: plan.harness, folder: folder, root: root, base: baseTree) { path in
      hidden.contains { $0.matches(path) }
    }
    do { try Outgoing.refuse(baseTree.changes(to: trees.head), sealed: sealed) } catch EvaluationFault.rejected(let why)
    {
      throw ComparisonFailure.head(why)
    }
    let base = try built("base", baseTree, cancellation) { .base($0) }
    defer { base.bench.discard(base.specimen) }
    let head = try built("head", trees.head, cancellation) { .head($0) }
    defer { head.bench.discard(head.specimen) }
    report.gates = try gates(base.bench, head: head.specimen, base: base.specimen, report: &report)
    if let why = plan.brokenHarness {
      report.gates.insert(GateReport(name: file, passed: false, explanation: why), at: 0)
    }
    guard report.gates.allSatisfy(\.passed) else { return }
    let sides = ScorerRuns.Sides(champion: base.specimen, candidate: head.specimen)
    guard !baseTree.changes(to: trees.head).isEmpty else {
      report.notes.append("both sides have the same files, so nothing was measured")
      report.cases = plan.harness.scorers.filter(\.isCompared).flatMap { scorer in
        scorer.caseNames.map { CaseReport(scorer.settings(named: $0, margin: margin), answer: .same) }
      }
      return
    }
    try measure(base.bench, sides, &report)
  }

  /// The harness file's path in the tree, where it lies there.
  private var treePath: String {
    folder == root ? file : folder.hasPrefix(root + "/") ? "\(folder.dropFirst(root.count + 1))/\(file)" : ""
  }

  private func built(
    _ name: String, _ tree: Tree, _ cancellation: Cancellation, failure: (String) -> ComparisonFailure
  ) throws -> (bench: Workbench, specimen: Specimen) {
    progress?("building \(name)")
    do {
      let bench = try Workbench(
        harness: plan.harness, folder: folder, root: root, state: state, cancellation: cancellation, base: tree,
        servers: servers)
      return (bench, try bench.build(bench.baseline(), cache: nil))
    } catch EvaluationFault.rejected(let why) {
      throw failure(why)
    } catch EvaluationFault.invalid(let why) {
      throw failure(why)
    }
  }

  // MARK: Gates

  private func gates(
    _ bench: Workbench, head: Specimen, base: Specimen?, report: inout ComparisonReport
  ) throws -> [GateReport] {
    var gates: [GateReport] = []
    for scorer in plan.harness.scorers where scorer.role == .gate || scorer.role == .holdout {
      progress?("gate \(scorer.name)")
      if let base, scorer.kind == .tests {
        do { _ = try bench.pinTests(scorer, base, seed: Self.seed()) } catch EvaluationFault.invalid(let why) {
          report.notes.append("\(why); head's tests are judged alone")
        }
      }
      var gate = try judged(scorer, head, bench)
      if !gate.passed, let base, try judged(scorer, base, bench).passed == false {
        gate.explanation += "\n(it fails on base as well)"
      }
      gates.append(gate)
    }
    return gates
  }

  private func judged(_ scorer: HarnessScorer, _ specimen: Specimen, _ bench: Workbench) throws -> GateReport {
    do {
      let outcome = try bench.evaluate(scorer, specimen, seed: Self.seed())
      return GateReport(name: scorer.name, passed: outcome.passed == true, explanation: outcome.explanation)
    } catch EvaluationFault.rejected(let why) {
      return GateReport(name: scorer.name, passed: false, explanation: why)
    } catch EvaluationFault.invalid(let why) {
      return GateReport(name: scorer.name, passed: false, explanation: why)
    } catch let broken as ScorerBroken {
      return GateReport(name: scorer.name, passed: false, explanation: broken.message)
    }
  }

  // MARK: Measuring

  private func measure(
    _ bench: Workbench, _ sides: ScorerRuns.Sides, _ report: inout ComparisonReport
  ) throws {
    let secret = Self.seed()
    let compared = plan.harness.scorers.filter(\.isCompared)
    var noisy: [HarnessScorer] = []
    for scorer in compared {
      if let decided = try decided(scorer, bench, sides, seed: secret) {
        report.cases.append(decided)
      } else {
        noisy.append(scorer)
      }
    }
    guard !noisy.isEmpty else { return }
    let runs = noisy.map { scorer in
      var runs = ScorerRuns(bench, scorer)
      runs.championName = "base"
      return runs
    }
    do {
      // Before anything is measured: a run that fails now costs nobody an answer.
      let onHead = try runs.filter { $0.scorer.measure == .reported }.flatMap {
        try namesOnHead($0, sides.candidate, seed: secret)
      }
      let pairs = try ScorerPairs(runs, sides: sides, margin: margin) { Self.seed(secret, $0, $1) }
      var session = InterleavedComparison(pairs, seed: Self.seed())
      session.alpha = alpha
      session.timeLimit = timeLimit
      session.lock = lock
      session.progress = { [progress] in
        progress?("pair \($0.pairs), \($0.cases - $0.open) of \($0.cases) cases answered")
      }
      report.cases += try session.run().map { CaseReport($0) }
      let known = Set(report.cases.map(\.name))
      report.cases += onHead.filter { !known.contains($0.name) }
    } catch let broken as ScorerBroken {
      throw ComparisonFailure.head(broken.message)
    } catch EvaluationFault.rejected(let why) {
      throw ComparisonFailure.head(why)
    } catch EvaluationFault.invalid(let why) {
      throw ComparisonFailure.base(why)
    }
  }

  /// The benchmarks of head's own report: those that base's has not are in no session, and are no pass.
  private func namesOnHead(_ runs: ScorerRuns, _ head: Specimen, seed: UInt64) throws -> [CaseReport] {
    progress?("reading head's report of \(runs.scorer.name)")
    let found = try runs.found(in: head, .candidate, seed: Self.seed(seed, runs.scorer.name, Int.min))
    return found.map { each in
      var settings = runs.scorer.settings(named: runs.caseName(each.variables, each.benchmark), margin: margin)
      settings.unit = each.unit
      var report = CaseReport(settings, answer: .new)
      report.explanation = "only head's report has it"
      return report
    }
  }

  /// A case that needs no pairs; nil for one that does.
  private func decided(
    _ scorer: HarnessScorer, _ bench: Workbench, _ sides: ScorerRuns.Sides, seed: UInt64
  ) throws -> CaseReport? {
    progress?(scorer.name)
    var scorer = scorer
    if let margin { scorer.margin = margin }
    do {
      guard
        let outcome = try PairedComparison(bench, scorer: scorer).decided(
          champion: sides.champion, candidate: sides.candidate, seed: { Self.seed(seed, scorer.name, $0) }),
        let measured = outcome.comparison
      else { return nil }
      var each = CaseReport(
        scorer.settings(named: scorer.name, margin: nil), answer: CaseAnswer(measured.answer))
      each.explanation = outcome.explanation
      each.ratio = measured.ratio
      each.base = [Measurement(value: measured.champion)]
      each.head = [Measurement(value: measured.candidate)]
      return each
    } catch EvaluationFault.rejected(let why) {
      throw ComparisonFailure.head(why)
    } catch EvaluationFault.invalid(let why) {
      throw ComparisonFailure.base(why)
    } catch let broken as ScorerBroken {
      throw ComparisonFailure.head(broken.message)
    }
  }

  private static func seed() -> UInt64 {
    var random = SystemRandomNumberGenerator()
    return random.next()
  }

  /// A seed for a scorer's pair from the session's secret, which no side can know.
  private static func seed(_ secret: UInt64, _ scorer: String, _ pair: Int) -> UInt64 {
    let mixed = scorer.utf8.reduce(secret) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
    var random = SeededRandom(seed: mixed &+ UInt64(bitPattern: Int64(pair)))
    return random.next()
  }
}

extension ComparisonFailure: Error {}

extension CaseReport {
  init(_ settings: CaseSettings, answer: CaseAnswer) {
    self.init(
      name: settings.name, unit: settings.unit, direction: settings.direction, margin: settings.margin, answer: answer)
  }
}
