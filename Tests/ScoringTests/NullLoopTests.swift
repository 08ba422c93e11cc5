import FoundationEssentials
import Scoring
import Testing

/// Loops whose candidates change nothing, on noise that was recorded: how often is one kept for its luck?
@Suite("Loops that have nothing to find") struct NullLoopTests {
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

  /// The share of loops that keep at least one of their tries.
  private func keeping(_ ratios: [Double], loops: Int, tries: Int, alpha: Double, margin: Double) -> Double {
    let settings = SequentialComparison.Settings(alpha: alpha, margin: margin, maxPairs: 60, minPairs: 6)
    var random = SeededRandom(seed: 20)
    var keep = 0
    for _ in 0..<loops {
      let isKept = (0..<tries).contains { _ in
        var test = SequentialComparison(settings)
        while test.answer == nil {
          let ratio = ratios[Int.random(in: ratios.indices, using: &random)]
          // The sides are the same program, so which was which is a coin's throw.
          test.add(random.next() >> 63 == 0 ? ratio : -ratio)
        }
        return test.answer == .better
      }
      if isKept { keep += 1 }
    }
    return Double(keep) / Double(loops)
  }

  @Test(
    "with the error rate spread over its tries, at most 5 of 100 loops of 100 tries keep anything",
    arguments: ["cpu", "memory", "files"])
  func spread(program: String) throws {
    let ratios = try #require(Self.recorded[program])
    #expect(ratios.count >= 200)
    #expect(keeping(ratios, loops: 100, tries: 100, alpha: 0.05 / 100, margin: 0.01) <= 0.05)
  }

  @Test("with the whole error rate for every try, many do: the test above can fail")
  func whole() throws {
    let ratios = try #require(Self.recorded["cpu"])
    #expect(keeping(ratios, loops: 100, tries: 100, alpha: 0.05, margin: 0) > 0.2)
  }
}
