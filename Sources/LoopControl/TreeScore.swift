internal import Comparison
package import Harness
internal import Scoring

/// The scores of a tree by itself: every scorer once, benchmarks several times.
package enum TreeScore {
  private static let runs = 5

  /// - Parameters:
  ///   - tree: In place of the tree as it stands.
  ///   - kept: Where it is given, what the scorers' runs wrote is kept, and it is told the number to score it again by.
  package static func evaluate(
    _ bench: Workbench, _ tree: Specimen? = nil, kept: ((Int) -> Void)? = nil
  ) throws -> [ScorerOutcome] {
    let keeper = try kept.map { _ in try RunKeeper(bench) }
    let specimen = try bench.build(tree ?? bench.baseline(), cache: nil)
    defer { bench.discard(specimen) }
    let scores = Result { try evaluate(bench, specimen, keeper) }
    // Also where a scorer failed: its author mends it, and scores what is kept.
    if let number = try keeper?.finish(specimen) { kept?(number) }
    return try scores.get()
  }

  private static func evaluate(
    _ bench: Workbench, _ specimen: Specimen, _ keeper: RunKeeper?
  ) throws -> [ScorerOutcome] {
    var random = SystemRandomNumberGenerator()
    var scores: [ScorerOutcome] = []
    for scorer in bench.harness.scorers {
      let seed = random.next()
      do {
        guard scorer.kind == .benchmark else {
          scores.append(
            try keeper.map { try bench.evaluate(scorer, specimen, seed: seed, keeping: $0) }
              ?? bench.evaluate(scorer, specimen, seed: seed))
          continue
        }
        scores.append(try benchmark(scorer, bench, specimen, seed: seed))
      } catch let broken as ScorerBroken {
        throw EvaluationFault.invalid(broken.message)
      }
    }
    return scores
  }

  /// The scores of what a kept run wrote, by the scorers as they are today; nothing of the candidate's runs.
  ///
  /// - Returns: The scores, and the scorers of which nothing is kept.
  package static func again(
    _ bench: Workbench, _ kept: KeptRun
  ) throws -> (scores: [ScorerOutcome], left: [HarnessScorer]) {
    let specimen = try bench.specimen(of: kept)
    var scores: [ScorerOutcome] = []
    var left: [HarnessScorer] = []
    do {
      for scorer in bench.harness.scorers {
        if let score = try bench.scoreAgain(scorer, kept, specimen) {
          scores.append(score)
        } else {
          left.append(scorer)
        }
      }
    } catch let broken as ScorerBroken {
      throw EvaluationFault.invalid(broken.message)
    }
    return (scores, left)
  }

  private static func benchmark(
    _ scorer: HarnessScorer, _ bench: Workbench, _ specimen: Specimen, seed: UInt64
  ) throws -> ScorerOutcome {
    let watch = MachineWatch()
    let lock = try MeasurementLock(cancellation: bench.cancellation)
    defer { lock.release() }
    do { try lock.acquire() } catch is MeasurementCancelled { throw EvaluationFault.cancelled }
    for _ in 0..<scorer.warmup { _ = try bench.evaluate(scorer, specimen, seed: seed) }
    var outcome = try bench.evaluate(scorer, specimen, seed: seed)
    var values = [outcome.value ?? 0]
    for _ in 1..<runs { values.append(try bench.evaluate(scorer, specimen, seed: seed).value ?? 0) }
    values.sort()
    outcome.value = values[values.count / 2]
    outcome.metrics = watch.conditions(lock).metrics
    let ends = [values[0], values[runs - 1]].map { figure($0, outcome.unit) }
    outcome.explanation = "median of \(runs) runs, from \(ends[0]) to \(ends[1])"
    outcome.decidedBy = DecidedBy(step: "\(scorer.name).run", words: outcome.explanation)
    return outcome
  }

  private static func figure(_ value: Double, _ unit: String) -> String {
    if unit == "s" { return "\((value * 10000).rounded() / 10) ms" }
    return (Int(exactly: value).map { "\($0)" } ?? "\(value)") + (unit.isEmpty ? "" : " \(unit)")
  }
}
