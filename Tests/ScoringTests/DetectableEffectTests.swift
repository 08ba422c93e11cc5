import Testing

@testable import Scoring

@Suite("The smallest effect that can be seen") struct DetectableEffectTests {
  private func noise(_ sigma: Double, seed: UInt64 = 3) -> [Double] {
    var pairs = SimulatedPairs(effect: 0, sigma: sigma, seed: seed)
    return (0..<400).compactMap { _ in pairs.next() }
  }

  @Test(
    "tails of the binomial distribution", arguments: [(8, 10, 0.5, 0.0546875), (0, 5, 0.3, 1.0), (5, 5, 0.9, 0.59049)])
  func tails(least: Int, count: Int, each: Double, expected: Double) {
    #expect(abs(DetectableEffect.chance(atLeast: least, of: count, each: each) - expected) < 1e-9)
  }

  @Test("what is said to be seen is seen: at least 80 of 100 comparisons say worse", arguments: [0.0, 0.01, 0.03])
  func holds(margin: Double) throws {
    let effect = try #require(
      DetectableEffect(alpha: 0.05, margin: margin, pairs: 60).smallest(logRatios: noise(0.018)))
    #expect(effect > margin)
    let settings = SequentialComparison.Settings(alpha: 0.05, margin: margin, maxPairs: 60)
    let compared = SimulatedPairs.compare(
      streams: 300, effect: log(1 + effect), sigma: 0.018, settings: settings, seed: 11)
    #expect(compared.count { $0.answer == .worse } >= 230)
    // And not far less: half of the noise's part would be missed.
    let smaller = SimulatedPairs.compare(
      streams: 300, effect: log(1 + margin) + (log(1 + effect) - log(1 + margin)) / 2, sigma: 0.018, settings: settings,
      seed: 12)
    #expect(smaller.count { $0.answer == .worse } < 200)
  }

  @Test("more pairs see less, a smaller error rate sees more, and too few pairs see nothing")
  func moves() throws {
    let ratios = noise(0.018)
    func smallest(_ pairs: Int, alpha: Double = 0.05) -> Double? {
      DetectableEffect(alpha: alpha, margin: 0, pairs: pairs).smallest(logRatios: ratios)
    }
    let usual = try #require(smallest(60))
    #expect(try #require(smallest(500)) < usual)
    #expect(try #require(smallest(60, alpha: 0.0005)) > usual)
    #expect(smallest(7) == nil)
    #expect(DetectableEffect(alpha: 0.05, margin: 0, pairs: 60).smallest(logRatios: []) == nil)
  }
}
