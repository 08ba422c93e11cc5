package import Harness
internal import Scoring

/// `belljar calibrate`: the tree against itself, through the same sandboxes, order and statistics as a comparison.
package struct CalibrationRun {
  private let bench: Workbench
  /// How long is measured, in seconds.
  package var timeLimit = 60.0
  package var lock: MeasurementLock?
  package var progress: ((String) -> Void)?

  package init(_ bench: Workbench) { self.bench = bench }

  /// Builds the tree and measures it against itself until the time is up.
  ///
  /// - Throws: `EvaluationFault` where the tree can't be built or run, or nothing in the harness is noisy.
  package func run() throws -> (calibration: Calibration, machine: MachineConditions) {
    let scorers = bench.harness.scorers.filter(\.isNoisy)
    guard !scorers.isEmpty else {
      throw EvaluationFault.invalid(
        "no scorer of the harness compares noisy numbers (role objective or guard, not deterministic)")
    }
    let watch = MachineWatch()
    progress?("building")
    let specimen = try bench.build(bench.baseline(), cache: nil)
    defer { bench.discard(specimen) }
    var random = SystemRandomNumberGenerator()
    let secret = random.next()
    let pairs: ScorerPairs
    do {
      pairs = try ScorerPairs(
        scorers.map { ScorerRuns(bench, $0) }, sides: ScorerRuns.Sides(champion: specimen, candidate: specimen),
        margin: nil
      ) { name, pair in
        var mixed = SeededRandom(
          seed: name.utf8.reduce(secret) { $0 &* 31 &+ UInt64($1) } &+ UInt64(bitPattern: Int64(pair)))
        return mixed.next()
      }
    } catch let failure as SideFailure { throw EvaluationFault.invalid("the tree fails by itself: \(failure.why)") }
    var session = InterleavedComparison(pairs, seed: random.next())
    session.timeLimit = timeLimit
    session.stopsEarly = false
    session.lock = lock
    var seconds = 0.0
    session.progress = { [progress] in
      seconds = $0.seconds
      progress?("pair \($0.pairs), \(Int($0.seconds)) s of \(Int(timeLimit)) s")
    }
    let measured: [ComparedCase]
    do { measured = try session.run() } catch let failure as SideFailure {
      throw EvaluationFault.invalid("the tree fails by itself: \(failure.why)")
    } catch let broken as ScorerBroken { throw EvaluationFault.invalid(broken.message) }
    return (
      Calibration(
        cases: try entries(
          scorers, counts: scorers.indices.map(pairs.count), measured, seconds: seconds, seed: random.next())),
      watch.conditions(lock)
    )
  }

  /// An entry for each scorer as a loop sees it, and one for each of its cases as `compare` does.
  private func entries(
    _ scorers: [HarnessScorer], counts: [Int], _ measured: [ComparedCase], seconds: Double, seed: UInt64
  ) throws -> [CaseCalibration] {
    var entries: [CaseCalibration] = []
    var rest = measured[...]
    for (scorer, count) in zip(scorers, counts) {
      let cases = Array(rest.prefix(count))
      rest = rest.dropFirst(cases.count)
      let each = seconds / Double(max(1, cases.first?.pairs ?? 1))
      // One benchmark of a report is called other than its scorer, by whose name the loop looks for it.
      if let first = cases.first, cases.count > 1 || first.settings.name != scorer.name {
        // A loop takes the geometric mean of all cases: one ratio a pair.
        let together = first.logRatios.indices.map { pair in
          cases.map { pair < $0.logRatios.count ? $0.logRatios[pair] : 0 }.reduce(0, +) / Double(cases.count)
        }
        entries.append(
          try entry(scorer, scorer.name, first.settings.unit, together, cases.flatMap(values), each, seed: seed))
      }
      for one in cases {
        entries.append(
          try entry(scorer, one.settings.name, one.settings.unit, one.logRatios, values(one), each, seed: seed))
      }
    }
    return entries
  }

  private func values(_ compared: ComparedCase) -> [Double] { (compared.champion + compared.candidate).map(\.value) }

  private func entry(
    _ scorer: HarnessScorer, _ name: String, _ unit: String, _ logRatios: [Double], _ values: [Double],
    _ seconds: Double, seed: UInt64
  ) throws -> CaseCalibration {
    let settings = SequentialComparison.Settings(
      alpha: 0.05, margin: scorer.margin, maxPairs: scorer.pairs.upperBound, minPairs: scorer.pairs.lowerBound)
    return CaseCalibration(
      name: name, scorer: scorer.name, key: CaseCalibration.key(of: scorer),
      files: try NamedContent.of(scorer, bench.harness, in: bench.base), unit: unit,
      margin: scorer.margin, median: RobustStatistics.median(values) ?? 0, logRatios: logRatios,
      secondsPerPair: seconds,
      seen: Resampling.seen(logRatios, settings),
      falseAlarms: Resampling.falseAlarms(logRatios, settings, seed: seed))
  }
}

/// What comparisons of recorded pairs say.
enum Resampling {
  /// The pairs in their order, cut where a comparison has its answer; what is left at the end is no comparison.
  static func seen(_ logRatios: [Double], _ settings: SequentialComparison.Settings) -> [String: Int] {
    var answers: [String: Int] = [:]
    var test = SequentialComparison(settings)
    for ratio in logRatios {
      test.add(ratio)
      guard let answer = test.answer else { continue }
      answers[answer.rawValue, default: 0] += 1
      test = SequentialComparison(settings)
    }
    return answers
  }

  /// The share of comparisons that say better or worse, of pairs drawn with replacement. As the sides are the same, each pair
  /// is turned round by a coin.
  static func falseAlarms(
    _ logRatios: [Double], _ settings: SequentialComparison.Settings, count: Int = 1000, seed: UInt64
  ) -> Double {
    guard !logRatios.isEmpty else { return 0 }
    var random = SeededRandom(seed: seed)
    var alarms = 0
    for _ in 0..<count {
      var test = SequentialComparison(settings)
      while test.answer == nil {
        let ratio = logRatios[Int.random(in: logRatios.indices, using: &random)]
        test.add(random.next() >> 63 == 0 ? ratio : -ratio)
      }
      if test.answer == .better || test.answer == .worse { alarms += 1 }
    }
    return Double(alarms) / Double(count)
  }
}
