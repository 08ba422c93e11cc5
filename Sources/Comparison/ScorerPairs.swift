package import Harness
internal import Scoring

/// The cases of a harness's scorers as one session: each pair runs every case that still needs one, so that all of them see the
/// same minutes of the machine.
struct ScorerPairs: PairSource {
  /// One combination of one scorer's matrix.
  private struct Case {
    let scorer: Int
    let variables: [String: String]
  }

  let cases: [CaseSettings]
  private let scorers: [ScorerRuns]
  private let own: [Case]
  private let sides: ScorerRuns.Sides
  private let seed: (_ scorer: String, _ pair: Int) -> UInt64
  private var random: SeededRandom

  /// - Parameters:
  ///   - margin: in place of the scorers' own.
  ///   - seed: what both sides of a pair of a scorer get; pairs below 0 are for warming up.
  init(
    _ scorers: [ScorerRuns], sides: ScorerRuns.Sides, margin: Double?,
    seed: @escaping (_ scorer: String, _ pair: Int) -> UInt64
  ) {
    self.scorers = scorers
    self.sides = sides
    self.seed = seed
    random = SeededRandom(seed: seed("environment", 0))
    own = scorers.indices.flatMap { index in
      scorers[index].scorer.cases.map { Case(scorer: index, variables: $0) }
    }
    cases = scorers.flatMap { runs in runs.scorer.caseNames.map { runs.scorer.settings(named: $0, margin: margin) } }
  }

  mutating func warmUp() throws {
    for runs in scorers where runs.scorer.kind == .benchmark {
      for warm in 0..<runs.scorer.warmup {
        _ = try runs.pair(
          sides, order: Side.allCases, seed: seed(runs.scorer.name, -1 - warm), cases: runs.scorer.cases)
      }
    }
  }

  mutating func measure(pair: Int, order: [Side], cases: [Int]) throws -> [MeasuredPair] {
    let environment = [EnvironmentPadding.name: EnvironmentPadding.next(&random)]
    var measured: [MeasuredPair] = []
    for index in scorers.indices {
      // Cases stand in the order of their scorers, so that the results do as well.
      let open = cases.map { own[$0] }.filter { $0.scorer == index }
      guard !open.isEmpty else { continue }
      let runs = scorers[index]
      measured += try runs.pair(
        sides, order: order, seed: seed(runs.scorer.name, pair), cases: open.map(\.variables), environment: environment)
      // Nobody asks for single runs here, and a session has thousands.
      _ = runs.bench.takeRuns()
    }
    return measured
  }
}

extension HarnessScorer {
  /// `speed`, or `speed (file=small.txt)` for each combination of the matrix.
  var caseNames: [String] { cases.map { name + ScorerRuns.suffix($0) } }

  func settings(named name: String, margin own: Double?) -> CaseSettings {
    CaseSettings(
      name: name, unit: kind == .benchmark ? "s" : unit ?? "",
      direction: direction == .maximize ? .maximize : .minimize,
      margin: own ?? margin)
  }

  /// Whether its numbers are compared, rather than passed or failed.
  package var isCompared: Bool { role == .objective || role == .guard }
}
