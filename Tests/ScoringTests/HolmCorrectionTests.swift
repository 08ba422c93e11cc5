import Scoring
import Testing

@Suite("Holm's correction") struct HolmCorrectionTests {
  @Test(
    "a claim stands where its p-value is below the level over the claims that are left",
    arguments: [
      ([0.05], [true]), ([0.051], [false]),
      ([0.01, 0.04], [true, true]), ([0.026, 0.026], [false, false]),
      // 0.01 <= .05/4, 0.013 <= .05/3, 0.03 > .05/2: the last two fall, also the one that alone would stand.
      ([0.04, 0.01, 0.03, 0.013], [false, true, false, true]),
    ])
  func steps(pValues: [Double], expected: [Bool]) {
    #expect(HolmCorrection.accepted(pValues: pValues, level: 0.05) == expected)
  }

  @Test("no claims, and p-values that are no numbers, are no claims that stand")
  func empty() {
    #expect(HolmCorrection.accepted(pValues: [], level: 0.05).isEmpty)
    #expect(HolmCorrection.accepted(pValues: [.nan], level: 0.05) == [false])
  }

  @Test("of four cases that are all the same, any is called worse in at most 5 of 100 sessions")
  func familyOfNulls() {
    var falseClaims = 0
    let settings = SequentialComparison.Settings(alpha: 0.05, margin: 0, maxPairs: 60)
    for session in 0..<400 {
      let cases = (0..<4).map { number in
        var test = SequentialComparison(settings)
        var pairs = SimulatedPairs(effect: 0, sigma: 0.02, seed: UInt64(session * 4 + number) &* 77_777)
        for _ in 0..<60 { pairs.next().map { test.add($0) } }
        return test
      }
      let stand = HolmCorrection.accepted(pValues: cases.map(\.worsePValue), level: 0.025)
      if stand.contains(true) { falseClaims += 1 }
    }
    #expect(falseClaims <= 20)
  }
}
