import Scoring
import Testing

@Suite("Changes of level in a history") struct ChangePointTests {
  private func noise(_ count: Int, level: Double, seed: UInt64) -> [Double] {
    Array(SimulatedPairs(effect: level, sigma: 0.02, seed: seed).prefix(count))
  }

  @Test("two changes of five sigma are found where they are")
  func finds() {
    let values = noise(10, level: 0, seed: 1) + noise(8, level: 0.1, seed: 2) + noise(12, level: -0.05, seed: 3)
    let changes = ChangePoints.find(values, permutations: 99)
    #expect(changes.map(\.index) == [10, 18])
    #expect(changes.allSatisfy { $0.pValue <= 0.05 })
  }

  @Test("in noise alone a change is found about as often as it may be")
  func noChange() {
    let found = (0..<40).count { !ChangePoints.find(noise(16, level: 0, seed: 100 + $0), permutations: 39).isEmpty }
    // 5 % and three standard errors.
    #expect(found <= 6)
  }

  @Test("too few values, and equal ones, have no change")
  func few() {
    #expect(ChangePoints.find([]).isEmpty)
    #expect(ChangePoints.find([1, 1, 1, 2, 2, 2]).isEmpty)
    #expect(ChangePoints.find(Array(repeating: 1, count: 40)).isEmpty)
    #expect(ChangePoints.find(Array(repeating: 1, count: 8) + Array(repeating: 2, count: 8)).map(\.index) == [8])
  }
}
