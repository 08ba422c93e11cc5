internal import Glibc
package import Harness
internal import Sandbox
package import Scoring

/// One scorer's runs of two specimens in pairs, each run from clean layers in a sandbox of its own.
package struct ScorerRuns {
  package let bench: Workbench
  package let scorer: HarnessScorer
  /// What the champion is called in messages.
  var championName = "the champion"

  package init(_ bench: Workbench, _ scorer: HarnessScorer) {
    self.bench = bench
    self.scorer = scorer
  }

  /// What a pair is made of.
  package struct Sides {
    package let champion: Specimen
    package let candidate: Specimen

    package init(champion: Specimen, candidate: Specimen) {
      self.champion = champion
      self.candidate = candidate
    }

    subscript(side: Side) -> Specimen { side == .champion ? champion : candidate }
  }

  /// One case of a pair: a combination of the matrix, and with `measure: reported` one benchmark of the report.
  package struct CasePair {
    package let variables: [String: String]
    /// The benchmark's name; empty where the run as a whole is measured.
    package let benchmark: String
    package let unit: String
    package let pair: MeasuredPair
  }

  /// Runs both sides of each case.
  ///
  /// - Parameters:
  ///   - cases: values of the matrix's variables; one empty set for a scorer without a matrix.
  ///   - environment: further variables for all runs of the pair.
  /// - Returns: for each case one, or as many as the champion's report has benchmarks.
  /// - Throws: `SideFailure` where a run doesn't count, the candidate's outputs are not the champion's, or its report lacks one of
  ///   the champion's benchmarks.
  package func pair(
    _ sides: Sides, order: [Side], seed: UInt64, cases: [[String: String]], environment: [String: String] = [:]
  ) throws -> [CasePair] {
    guard scorer.kind == .benchmark else {
      return [
        CasePair(
          variables: [:], benchmark: "", unit: scorer.comparedUnit, pair: try scores(sides, order: order, seed: seed))
      ]
    }
    let input = try bench.prepare(scorer, seed: seed)
    defer { bench.release(input: input) }
    return try cases.flatMap { variables in
      var runs: [Side: TimedRuns] = [:]
      for side in order {
        runs[side] = try timed(sides[side], side, input: input, variables: variables.merging(environment) { $1 })
      }
      guard let champion = runs[.champion], let candidate = runs[.candidate] else {
        throw EvaluationFault.invalid("a pair has to have both sides")
      }
      if scorer.expect == .same, champion.fingerprints != candidate.fingerprints {
        throw SideFailure(.candidate, "\(scorer.name): output differs from \(championName)'s\(Self.suffix(variables))")
      }
      return try champion.readings.map { reading in
        guard let other = candidate.readings.first(where: { $0.name == reading.name }), other.unit == reading.unit
        else {
          throw SideFailure(
            .candidate,
            "\(scorer.name): its report lacks '\(reading.name)', which \(championName)'s has"
              + (reading.unit.isEmpty ? "" : " in \(reading.unit)"))
        }
        return CasePair(
          variables: variables, benchmark: reading.name, unit: reading.unit,
          pair: MeasuredPair(
            champion: champion.measurement(reading.value), candidate: candidate.measurement(other.value)))
      }
    }
  }

  /// The names and units of what is compared: found by running one side once where its own report says them.
  ///
  /// - Parameter side: whose fault it is where that run fails.
  package func found(in specimen: Specimen, _ side: Side, seed: UInt64) throws -> [(
    variables: [String: String], benchmark: String, unit: String
  )] {
    guard scorer.measure == .reported else { return scorer.cases.map { ($0, "", scorer.comparedUnit) } }
    let input = try bench.prepare(scorer, seed: seed)
    defer { bench.release(input: input) }
    return try scorer.cases.flatMap { variables in
      try timed(specimen, side, input: input, variables: variables).readings.map { (variables, $0.name, $0.unit) }
    }
  }

  /// A scorer whose number our own `score` step computes.
  private func scores(_ sides: Sides, order: [Side], seed: UInt64) throws -> MeasuredPair {
    var measured: [Side: Measurement] = [:]
    for side in order {
      let outcome = try bench.evaluate(scorer, sides[side], seed: seed)
      guard let value = outcome.value else { throw SideFailure(side, outcome.explanation) }
      measured[side] = Measurement(value: value)
    }
    return try Self.joined(measured)
  }

  /// As many runs of one side as `repeat` says.
  private struct TimedRuns {
    var whole = Measurement(value: 0, wall: 0, user: 0, system: 0, peakMemory: 0)
    var readings: [BenchmarkReading] = []
    /// What each run wrote, where that is compared.
    var fingerprints: [String] = []

    func measurement(_ value: Double) -> Measurement {
      var measured = whole
      measured.value = value
      return measured
    }

    /// Times and instructions add up; memory is the most; what is reported of a benchmark is averaged.
    mutating func add(_ figures: [BenchmarkReading], _ measure: HarnessScorer.Measure, of repeats: Int) {
      guard !readings.isEmpty else {
        readings = figures
        if measure == .reported { for index in readings.indices { readings[index].value /= Double(repeats) } }
        return
      }
      // A benchmark that only some of the runs report is none.
      readings.removeAll { known in !figures.contains { $0.name == known.name && $0.unit == known.unit } }
      for index in readings.indices {
        guard let value = figures.first(where: { $0.name == readings[index].name })?.value else { continue }
        switch measure {
        case .wall, .cpu, .instructions: readings[index].value += value
        case .memory: readings[index].value = max(readings[index].value, value)
        case .reported: readings[index].value += value / Double(repeats)
        }
      }
    }
  }

  private func timed(
    _ specimen: Specimen, _ side: Side, input: String?, variables: [String: String]
  ) throws -> TimedRuns {
    var total = TimedRuns()
    let repeats = max(1, scorer.repeats)
    for _ in 0..<repeats {
      let run = try bench.run(scorer, specimen, side: side.rawValue, input: input, variables: variables)
      defer { bench.release(run) }
      do {
        try bench.checkTimed(scorer, specimen, run)
        total.add(try bench.figures(scorer, run).readings, scorer.measure, of: repeats)
      } catch EvaluationFault.rejected(let why) { throw SideFailure(side, why) }
      let outcome = run.result.outcome
      total.whole.wall = (total.whole.wall ?? 0) + outcome.wall.seconds
      total.whole.user = (total.whole.user ?? 0) + outcome.user.seconds
      total.whole.system = (total.whole.system ?? 0) + outcome.system.seconds
      total.whole.peakMemory = max(total.whole.peakMemory ?? 0, outcome.peakMemory)
      if case .exited(let code) = outcome.reason { total.whole.exitCode = code }
      if scorer.expect == .same { total.fingerprints.append(try run.fingerprint()) }
    }
    return total
  }

  private static func joined(_ measured: [Side: Measurement]) throws -> MeasuredPair {
    guard let champion = measured[.champion], let candidate = measured[.candidate] else {
      throw EvaluationFault.invalid("a pair has to have both sides")
    }
    return MeasuredPair(champion: champion, candidate: candidate)
  }

  /// `speed`, `speed (file=a)`, `speed BenchmarkSort`: what a case is called.
  func caseName(_ variables: [String: String], _ benchmark: String) -> String {
    scorer.name + Self.suffix(variables) + (benchmark.isEmpty ? "" : " \(benchmark)")
  }

  /// `` for no variables, ` (file=a size=3)` for some.
  static func suffix(_ variables: [String: String]) -> String {
    let text = variables.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
    return text.isEmpty ? "" : " (\(text))"
  }
}
