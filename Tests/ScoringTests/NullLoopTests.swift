import FoundationEssentials
import Scoring
import Testing

/// Loops whose candidates change nothing, through the loop's own accept rule and alpha budget, without sandboxes and time: how
/// many keep anything?
///
/// `make null-loops` runs 2,000 of each (BELLJAR_NULL_LOOPS=2000); the tests a few, to see that nothing is broken.
@Suite("Loops that have nothing to find") struct NullLoopTests {
  private static let loops = ProcessInfo.processInfo.environment["BELLJAR_NULL_LOOPS"].flatMap { Int($0) }
  private static let tries = 100

  /// Log ratios of programs against themselves, as `belljar calibrate` recorded them (fixtures/noise/README.md).
  private static let recorded: [String: [Double]] = {
    do {
      let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
      let data = try Data(contentsOf: URL(filePath: root + "/fixtures/noise/log-ratios.json"))
      return try JSONDecoder().decode([String: [Double]].self, from: data)
    } catch {
      Issue.record("fixtures/noise/log-ratios.json can't be read: \(error)")
      return [:]
    }
  }()

  /// What a loop of equal candidates measures, pair by pair.
  private typealias Pairs = (inout SeededRandom) -> Double

  /// Pairs drawn from recorded ones. The sides are the same program, so which was which is a coin's throw.
  private static func resampled(_ ratios: [Double]) -> Pairs {
    { random in
      let ratio = ratios[Int.random(in: ratios.indices, using: &random)]
      return random.next() >> 63 == 0 ? ratio : -ratio
    }
  }

  /// A `command` objective, such as a loss, that differs by 3 % (one sigma) from run to run.
  private static let loss: @Sendable (inout SeededRandom) -> Double = { random in
    func value() -> Double {
      // Box and Muller.
      let radius = (-2 * log(Double.random(in: Double.leastNormalMagnitude..<1, using: &random))).squareRoot()
      return 1 + 0.03 * radius * cos(2 * .pi * Double.random(in: 0..<1, using: &random))
    }
    let champion = value()
    return log(value() / champion)
  }

  /// How many loops keep at least one of their tries.
  private func keeping(
    _ loops: Int, budget: AlphaBudget = AlphaBudget(tries: NullLoopTests.tries), margin: Double = 0.01,
    maxPairs: Int = 60, screened: Bool = false, _ pairs: Pairs
  ) -> Int {
    var random = SeededRandom(seed: 20)
    return (0..<loops).count { _ in
      // As `belljar calibrate` would have recorded it, anew for each loop.
      let noise = screened ? (0..<40).map { _ in pairs(&random) } : []
      return (1...Self.tries).contains { number in
        var rule = AcceptRule(
          SequentialComparison.Settings(
            alpha: budget.comparisonAlpha(of: number), margin: margin, maxPairs: maxPairs, minPairs: 6),
          screening: screened ? .against(recorded: noise) : .none)
        while rule.answer == nil { rule.add(pairs(&random)) }
        return rule.answer == .better
      }
    }
  }

  /// Holds the count against 5 %, and prints it with its interval where somebody asked for many.
  private func check(_ name: String, _ keep: Int, of loops: Int) {
    let interval = BinomialInterval(successes: keep, trials: loops)
    if Self.loops != nil {
      print(
        "null loops, \(name): \(keep) of \(loops) loops of \(Self.tries) tries kept anything, \(interval.percentText)")
    }
    #expect(Double(keep) <= 0.05 * Double(loops), "\(name): \(keep) of \(loops), \(interval.percentText)")
  }

  @Test(
    "on recorded noise no more loops of 100 tries than the error rate allows keep anything",
    arguments: ["cpu", "memory", "files"])
  func benchmark(program: String) throws {
    let ratios = try #require(Self.recorded[program])
    #expect(ratios.count >= 200)
    let loops = Self.loops ?? 5
    check("recorded noise of \(program)", keeping(loops, Self.resampled(ratios)), of: loops)
  }

  @Test("the same without a margin, and for a command objective of CV 3 %, repeated or screened")
  func others() throws {
    let ratios = try #require(Self.recorded["cpu"])
    let loops = Self.loops ?? 5
    check("recorded noise of cpu, margin 0", keeping(loops, margin: 0, Self.resampled(ratios)), of: loops)
    check("a command objective of CV 3 %", keeping(loops, Self.loss), of: loops)
    check(
      "a command objective of CV 3 %, margin 0, one pair first and tested against 40 recorded pairs",
      keeping(loops, margin: 0, screened: true, Self.loss), of: loops)
  }

  @Test("with the whole error rate for every try, many do: the tests above can fail")
  func whole() throws {
    let ratios = try #require(Self.recorded["cpu"])
    // A budget that gives each try nearly 5 %.
    let wasteful = AlphaBudget(total: 0.99, tries: 20)
    #expect(keeping(10, budget: wasteful, margin: 0, Self.resampled(ratios)) > 2)
  }
}
