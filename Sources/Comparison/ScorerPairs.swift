package import Harness
internal import Scoring

/// The cases of a harness's scorers as one session: each pair runs every case that still needs one, so that all of them see the
/// same minutes of the machine.
struct ScorerPairs: PairSource {
  /// One combination of one scorer's matrix, and one benchmark of its report.
  private struct Case {
    let scorer: Int
    let variables: [String: String]
    let benchmark: String
    let unit: String
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
  /// - Throws: `SideFailure` where the champion has to be run to know its benchmarks, and fails.
  init(
    _ scorers: [ScorerRuns], sides: ScorerRuns.Sides, margin: Double?,
    seed: @escaping (_ scorer: String, _ pair: Int) -> UInt64
  ) throws {
    self.scorers = scorers
    self.sides = sides
    self.seed = seed
    random = SeededRandom(seed: seed("environment", 0))
    own = try scorers.indices.flatMap { index in
      let runs = scorers[index]
      return try runs.found(in: sides.champion, .champion, seed: seed(runs.scorer.name, Self.finding)).map {
        Case(scorer: index, variables: $0.variables, benchmark: $0.benchmark, unit: $0.unit)
      }
    }
    cases = own.map { each in
      let runs = scorers[each.scorer]
      var settings = runs.scorer.settings(named: runs.caseName(each.variables, each.benchmark), margin: margin)
      settings.unit = each.unit
      return settings
    }
  }

  /// The pair whose seed the run has by which benchmarks are found.
  private static let finding = Int.min

  /// How many cases a scorer has in the session.
  func count(of scorer: Int) -> Int { own.count { $0.scorer == scorer } }

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
      let variables = open.reduce(into: [[String: String]]()) { known, one in
        if !known.contains(one.variables) { known.append(one.variables) }
      }
      let pairs = try runs.pair(
        sides, order: order, seed: seed(runs.scorer.name, pair), cases: variables, environment: environment)
      measured += try open.map { one in
        guard let found = pairs.first(where: { $0.variables == one.variables && $0.benchmark == one.benchmark }) else {
          throw SideFailure(
            .champion, "\(runs.scorer.name): its report has no '\(one.benchmark)' any more, which it had before")
        }
        return found.pair
      }
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
      name: name, unit: comparedUnit, direction: better, margin: own ?? margin)
  }

  /// Whether its numbers are compared, rather than passed or failed.
  package var isCompared: Bool { role == .objective || role == .guard }
}
