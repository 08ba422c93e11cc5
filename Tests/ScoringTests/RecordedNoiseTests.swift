import Scoring
import Testing

@Suite("A test against recorded noise") struct RecordedNoiseTests {
  private static func noise(_ count: Int, sigma: Double, seed: UInt64) -> [Double] {
    Array(SimulatedPairs(effect: 0, sigma: sigma, seed: seed).prefix(count))
  }

  /// How many of 300 tests, each with noise recorded for it, ever reject within so many pairs.
  private func rejected(effect: Double, pairs: Int, alpha: Double, margin: Double, recorded: Int = 40) throws -> Int {
    try (0..<300).count { stream in
      var test = try #require(
        RecordedNoiseTest(
          recorded: Self.noise(recorded, sigma: 0.04, seed: UInt64(stream) * 7 + 1), alpha: alpha, margin: margin,
          direction: .minimize))
      for ratio in SimulatedPairs(effect: effect, sigma: 0.04, seed: UInt64(stream) * 11 + 5).prefix(pairs) {
        test.add(ratio)
      }
      return test.rejected
    }
  }

  @Test("without a difference it rejects at most as often as it may, however often one looks")
  func falseAlarms() throws {
    // 5 % of 300 and three standard errors.
    #expect(try rejected(effect: 0, pairs: 60, alpha: 0.05, margin: 0) <= 26)
    #expect(try rejected(effect: 0, pairs: 60, alpha: 0.05, margin: 0, recorded: 19) <= 26)
    // At the edge of the margin, and on the wrong side.
    #expect(try rejected(effect: -0.0198, pairs: 60, alpha: 0.05, margin: 0.02) <= 26)
    #expect(try rejected(effect: 0.02, pairs: 60, alpha: 0.05, margin: 0.01) <= 6)
  }

  @Test("it can reject: a clear gain is seen, also at the error rate of one try")
  func power() throws {
    #expect(try rejected(effect: -0.2, pairs: 12, alpha: 0.0005, margin: 0.01) > 270)
  }

  @Test("it needs fewer pairs than signs do")
  func pairs() throws {
    var test = try #require(
      RecordedNoiseTest(
        recorded: Self.noise(40, sigma: 0.01, seed: 3), alpha: 0.00025, margin: 0.01, direction: .minimize))
    var mine = 0
    while !test.rejected, mine < 60 {
      test.add(-0.2)
      mine += 1
    }
    let signs = try #require((1...60).first { SignEProcess.headsNeeded(count: $0, alpha: 0.00025) != nil })
    #expect(mine * 2 < signs, "\(mine) and \(signs)")
  }

  @Test("a wild pair among those recorded doesn't make it blind")
  func wild() throws {
    var noise = Self.noise(40, sigma: 0.01, seed: 3)
    noise[7] = 3
    let test = try #require(RecordedNoiseTest(recorded: noise, alpha: 0.001, margin: 0, direction: .minimize))
    #expect(test.threshold < 0.1)
    #expect(test.chance > 0.05)
    #expect(test.chance < 0.2)
  }

  @Test("too little noise makes no test; what is not finite speaks against the candidate")
  func edges() throws {
    #expect(
      RecordedNoiseTest(recorded: Array(repeating: 0.1, count: 18), alpha: 0.05, margin: 0, direction: .minimize) == nil
    )
    var test = try #require(
      RecordedNoiseTest(recorded: Self.noise(30, sigma: 0.01, seed: 3), alpha: 0.4, margin: 0, direction: .maximize))
    for _ in 0..<10 { test.add(.nan) }
    for _ in 0..<10 { test.add(-5) }
    #expect(!test.rejected)
    for _ in 0..<20 { test.add(5) }
    #expect(test.rejected)
  }
}

@Suite("What a loop keeps by") struct AcceptRuleTests {
  private let settings = SequentialComparison.Settings(alpha: 0.001, margin: 0.01, maxPairs: 60, minPairs: 6)

  @Test("a gain within the margin ends after one pair where runs are long, and only there")
  func screens() {
    var rule = AcceptRule(settings, screening: .whileBetter)
    rule.add(-0.005)
    #expect(rule.answer == .undecided)
    #expect(rule.wasScreenedOut)
    var plain = AcceptRule(settings)
    plain.add(-0.005)
    #expect(plain.answer == nil)
    var better = AcceptRule(settings, screening: .whileBetter)
    better.add(-0.05)
    #expect(better.answer == nil)
    better.add(0.06)
    // The median of both is no gain any more.
    #expect(better.wasScreenedOut)
  }

  @Test("with recorded noise a clear gain is better after a few pairs")
  func recorded() {
    let noise = Array(SimulatedPairs(effect: 0, sigma: 0.01, seed: 4).prefix(60))
    var rule = AcceptRule(settings, screening: .against(recorded: noise))
    var signs = AcceptRule(settings, screening: .whileBetter)
    for _ in 0..<60 where rule.answer == nil { rule.add(-0.2) }
    for _ in 0..<60 where signs.answer == nil { signs.add(-0.2) }
    #expect(rule.answer == .better)
    #expect(signs.answer == .better)
    #expect(rule.comparison.pairs < signs.comparison.pairs / 2)
    #expect(!rule.wasScreenedOut)
  }

  @Test("with too little recorded noise, signs decide")
  func little() {
    var rule = AcceptRule(settings, screening: .against(recorded: [0.01, -0.01]))
    for _ in 0..<60 where rule.answer == nil { rule.add(-0.2) }
    #expect(rule.answer == .better)
  }
}
