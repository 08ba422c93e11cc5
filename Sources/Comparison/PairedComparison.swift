internal import Glibc
package import Harness
package import Scoring

/// Champion against candidate, measured in pairs: what the accept rule, `compare` and `calibrate` share.
package struct PairedComparison {
  private let bench: Workbench
  private let scorer: HarnessScorer
  /// Told after each pair: pairs so far, and the ratio.
  package var progress: ((Int, Double) -> Void)?
  /// How runs of minutes are treated.
  package var screening = AcceptRule.Screening.none

  package init(_ bench: Workbench, scorer: HarnessScorer) {
    self.bench = bench
    self.scorer = scorer
  }

  /// Measures until the answer is clear or the pairs are used up.
  ///
  /// - Parameters:
  ///   - alpha: the error rate of this one comparison.
  ///   - seed: gives a pair's seed and the order of its sides.
  /// - Throws: `EvaluationFault.rejected` where the candidate's run fails or its outputs differ.
  package func compare(
    champion: Specimen, candidate: Specimen, alpha: Double, seed: (_ pair: Int) -> UInt64
  ) throws -> ScorerOutcome {
    if let outcome = try decided(champion: champion, candidate: candidate, seed: seed) { return outcome }
    var test = AcceptRule(
      SequentialComparison.Settings(
        alpha: alpha, margin: scorer.margin, direction: scorer.better, maxPairs: scorer.pairs.upperBound,
        minPairs: scorer.pairs.lowerBound),
      screening: screening)
    var blocks = BlockSchedule(seed: seed(-1))
    var padding = SeededRandom(seed: seed(Self.paddingSeed))
    var championValues: [Double] = []
    var candidateValues: [Double] = []
    let watch = MachineWatch()
    let lock = try scorer.kind == .benchmark ? MeasurementLock(cancellation: bench.cancellation) : nil
    defer { lock?.release() }
    func takeTurn() throws {
      do { try lock?.acquire() } catch is MeasurementCancelled { throw EvaluationFault.cancelled }
    }
    try takeTurn()
    if scorer.kind == .benchmark {
      for warm in 0..<scorer.warmup {
        for (specimen, side) in [(champion, Side.champion), (candidate, Side.candidate)] {
          _ = try evaluated(specimen, side, seed: seed(-2 - warm))
        }
      }
    }
    var pair = 0
    var order: [Side] = []
    var unit = scorer.comparedUnit
    while test.answer == nil {
      // A block is ABBA or BAAB: two pairs, each with its own order.
      if order.isEmpty {
        // Between blocks others on the machine have their turn.
        lock?.giveTurn()
        try takeTurn()
        order = blocks.nextBlock()
      }
      let sides = Array(order.prefix(2))
      order.removeFirst(sides.count)
      let (championValue, candidateValue) = try measurePair(
        order: sides, champion: champion, candidate: candidate, seed: seed(pair),
        padding: EnvironmentPadding.next(&padding), unit: &unit)
      championValues.append(championValue)
      candidateValues.append(candidateValue)
      test.add(LogRatio.of(candidateValue, over: championValue))
      pair += 1
      progress?(pair, test.comparison.ratio)
    }
    let figures = test.comparison
    let interval = figures.interval
    let measured = ScorerOutcome.Measured(
      answer: test.answer ?? .undecided, ratio: figures.ratio, low: interval?.lowerBound, high: interval?.upperBound,
      pairs: figures.pairs, champion: median(championValues), candidate: median(candidateValues))
    var outcome = ScorerOutcome(
      scorer: scorer, channel: scorer.measuredChannel, value: measured.candidate, unit: unit, comparison: measured)
    if scorer.kind == .benchmark {
      outcome.metrics = watch.conditions(lock).metrics
      // Counted like all others; reported, so that nobody has to guess.
      outcome.metrics["outliers"] = Double(figures.outliers)
    }
    if test.wasScreenedOut {
      outcome.explanation =
        "not repeated: after \(figures.pairs == 1 ? "one pair" : "\(figures.pairs) pairs") the gain is not above the margin"
    }
    if scorer.kind == .judge {
      let spread = "medians from \(Self.range(candidateValues)), the other side's from \(Self.range(championValues))"
      outcome.explanation += (outcome.explanation.isEmpty ? "" : "; ") + spread
    }
    return outcome
  }

  private static func range(_ values: [Double]) -> String { "\(values.min() ?? 0) to \(values.max() ?? 0)" }

  /// The pair whose seed decides the environment's size, which differs from pair to pair.
  private static let paddingSeed = Int.min

  private func measurePair(
    order: [Side], champion: Specimen, candidate: Specimen, seed: UInt64, padding: String, unit: inout String
  ) throws -> (champion: Double, candidate: Double) {
    let pairs: [ScorerRuns.CasePair]
    do {
      pairs = try ScorerRuns(bench, scorer).pair(
        ScorerRuns.Sides(champion: champion, candidate: candidate), order: order, seed: seed, cases: scorer.cases,
        environment: scorer.kind == .benchmark ? [EnvironmentPadding.name: padding] : [:])
    } catch let failure as SideFailure { try fail(failure.side, failure.why) }
    unit = pairs.first?.unit ?? unit
    guard scorer.kind == .benchmark else { return (pairs[0].pair.champion.value, pairs[0].pair.candidate.value) }
    // Several cases count alike: the geometric mean of their times.
    func mean(_ side: KeyPath<MeasuredPair, Measurement>) -> Double {
      exp(pairs.map { log(max($0.pair[keyPath: side].value, 1e-12)) }.reduce(0, +) / Double(pairs.count))
    }
    return (mean(\.champion), mean(\.candidate))
  }

  private func evaluated(_ specimen: Specimen, _ side: Side, seed: UInt64) throws -> ScorerOutcome {
    do { return try bench.evaluate(scorer, specimen, seed: seed) } catch EvaluationFault.rejected(let why) {
      try fail(side, why)
    }
  }

  private func scored(_ specimen: Specimen, _ side: Side, seed: UInt64) throws -> Double {
    let outcome = try evaluated(specimen, side, seed: seed)
    guard let value = outcome.value else { try fail(side, "it has no score: \(outcome.explanation)") }
    return value
  }

  /// A champion that fails in a comparison is the harness's or the machine's fault, not the candidate's.
  private func fail(_ side: Side, _ why: String) throws -> Never {
    if side == .champion { throw EvaluationFault.invalid("the champion failed: \(why)") }
    throw EvaluationFault.rejected(why)
  }

  /// What needs no pairs: of a score that is declared deterministic one run of each side decides, where both score alike under
  /// another seed as well.
  ///
  /// - Returns: Nil for all others, and where the score hangs on the seed: what one of them says of two sides is luck then.
  package func decided(
    champion: Specimen, candidate: Specimen, seed pairSeed: (_ pair: Int) -> UInt64
  ) throws -> ScorerOutcome? {
    guard scorer.kind != .benchmark, scorer.deterministic else { return nil }
    let seed = pairSeed(0)
    let oldValue = try scored(champion, .champion, seed: seed)
    let new = try bench.evaluate(scorer, candidate, seed: seed)
    guard let newValue = new.value else { throw EvaluationFault.rejected(new.explanation) }
    let oldSecond = try scored(champion, .champion, seed: pairSeed(1))
    let newSecond = try scored(candidate, .candidate, seed: pairSeed(1))
    let isEqual = oldValue == newValue && oldSecond == newSecond
    if !isEqual, oldValue != oldSecond || newValue != newSecond {
      try refuseChance(champion, oldValue, candidate, newValue, seed: seed)
      return nil
    }
    var outcome = new
    outcome.comparison = ScorerOutcome.Measured(
      answer: compareDeterministic(
        candidate: newValue, champion: oldValue, direction: scorer.better, margin: scorer.margin),
      ratio: LogRatio.ratio(newValue, over: oldValue), pairs: 1, champion: oldValue, candidate: newValue)
    return outcome
  }

  /// Under one seed a score that is declared deterministic has to come again.
  private func refuseChance(
    _ champion: Specimen, _ oldValue: Double, _ candidate: Specimen, _ newValue: Double, seed: UInt64
  ) throws {
    try hold(newValue, of: candidate, seed: seed) { was, nowIs in
      // Whose chance it is, the champion tells: an answer that is thrown for is no way not to be judged.
      try hold(oldValue, of: champion, seed: seed) {
        throw EvaluationFault.invalid("\(scorer.name) is declared deterministic, but two runs gave \($0) and \($1)")
      }
      throw EvaluationFault.rejected("\(scorer.name): two runs gave \(was) and \(nowIs), which the champion's don't")
    }
  }

  /// Runs a specimen once more and hands over both texts where its value is not what it was.
  private func hold(
    _ value: Double, of specimen: Specimen, seed: UInt64, orElse differ: (String, String) throws -> Void
  ) throws {
    let again = try bench.evaluate(scorer, specimen, seed: seed).value
    if again != value { try differ("\(value)", again.map { "\($0)" } ?? "nothing") }
  }

  private func median(_ values: [Double]) -> Double {
    guard !values.isEmpty else { return 0 }
    let sorted = values.sorted()
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }
}

extension HarnessScorer {
  /// What is better, as the statistics have it.
  var better: Scoring.Direction { direction == .maximize ? .maximize : .minimize }
}
