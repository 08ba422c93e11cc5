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

  /// Runs both sides of each case.
  ///
  /// - Parameters:
  ///   - cases: values of the matrix's variables; one empty set for a scorer without a matrix.
  ///   - environment: further variables for all runs of the pair.
  /// - Throws: `SideFailure` where a run doesn't count, or the candidate's outputs are not the champion's.
  package func pair(
    _ sides: Sides, order: [Side], seed: UInt64, cases: [[String: String]], environment: [String: String] = [:]
  ) throws -> [MeasuredPair] {
    guard scorer.kind == .benchmark else { return [try scores(sides, order: order, seed: seed)] }
    let input = try bench.prepare(scorer, seed: seed)
    defer { bench.release(input: input) }
    return try cases.map { variables in
      var measured: [Side: Measurement] = [:]
      var prints: [Side: String] = [:]
      for side in order {
        let run = try timed(sides[side], side, input: input, variables: variables.merging(environment) { $1 })
        measured[side] = run.measurement
        prints[side] = run.fingerprint
      }
      if scorer.expect == .same, prints[.champion] != prints[.candidate] {
        throw SideFailure(.candidate, "\(scorer.name): output differs from \(championName)'s\(Self.suffix(variables))")
      }
      return try Self.joined(measured)
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

  private func timed(
    _ specimen: Specimen, _ side: Side, input: String?, variables: [String: String]
  ) throws -> (measurement: Measurement, fingerprint: String) {
    var total = Measurement(value: 0, wall: 0, user: 0, system: 0, peakMemory: 0)
    var fingerprint = ""
    for _ in 0..<max(1, scorer.repeats) {
      let run = try bench.run(scorer, specimen, side: side.rawValue, input: input, variables: variables)
      defer { bench.release(run) }
      do { try bench.checkTimed(scorer, specimen, run) } catch EvaluationFault.rejected(let why) {
        throw SideFailure(side, why)
      }
      let outcome = run.result.outcome
      total.value += bench.measured(scorer, run)
      total.wall = (total.wall ?? 0) + outcome.wall.seconds
      total.user = (total.user ?? 0) + outcome.user.seconds
      total.system = (total.system ?? 0) + outcome.system.seconds
      total.peakMemory = max(total.peakMemory ?? 0, outcome.peakMemory)
      if case .exited(let code) = outcome.reason { total.exitCode = code }
      if scorer.expect == .same { fingerprint = try run.fingerprint() }
    }
    return (total, fingerprint)
  }

  private static func joined(_ measured: [Side: Measurement]) throws -> MeasuredPair {
    guard let champion = measured[.champion], let candidate = measured[.candidate] else {
      throw EvaluationFault.invalid("a pair has to have both sides")
    }
    return MeasuredPair(champion: champion, candidate: candidate)
  }

  /// `` for no variables, ` (file=a size=3)` for some.
  static func suffix(_ variables: [String: String]) -> String {
    let text = variables.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
    return text.isEmpty ? "" : " (\(text))"
  }
}
