import Scoring
import Testing

@Suite("SequentialComparison") struct SequentialComparisonTests {
  private func compare(
    _ ratios: some Sequence<Double>, _ settings: SequentialComparison.Settings = .init(maxPairs: 50)
  ) -> SequentialComparison {
    var comparison = SequentialComparison(settings)
    for ratio in ratios where comparison.answer == nil { comparison.add(log(ratio)) }
    return comparison
  }

  @Test(
    "pairs that all agree decide after eight",
    arguments: [
      (0.9, Direction.minimize, Answer.better), (1.1, .minimize, .worse), (0.9, .maximize, .worse),
      (1.1, .maximize, .better),
    ])
  func unanimous(_ ratio: Double, _ direction: Direction, _ answer: Answer) {
    let comparison = compare(repeatElement(ratio, count: 50), .init(direction: direction, maxPairs: 50))
    #expect(comparison.answer == answer)
    #expect(comparison.pairs == 8)
    #expect(abs(comparison.ratio - ratio) < 1e-12)
    #expect(comparison.interval.map { abs($0.lowerBound - ratio) < 1e-12 } == true)
    #expect(comparison.noise < 1e-12)
  }

  @Test("equal pairs are the same after seven, and never without a margin")
  func same() {
    let comparison = compare(repeatElement(1, count: 50))
    #expect(comparison.answer == .same && comparison.pairs == 7)
    #expect(compare(repeatElement(1, count: 50), .init(margin: 0, maxPairs: 50)).answer == .undecided)
  }

  @Test("a ratio exactly on the margin is neither better, worse nor the same")
  func ties() {
    let bound = log(1 + 0.01)
    for ratio in [bound, -bound] {
      var comparison = SequentialComparison(.init(margin: 0.01, maxPairs: 30))
      while comparison.answer == nil { comparison.add(ratio) }
      #expect(comparison.answer == .undecided)
    }
  }

  @Test("pairs in both directions stop early when no answer can come any more")
  func futility() {
    let comparison = compare(
      (0..<60).map { $0 % 2 == 0 ? 0.5 : 2 }, .init(margin: 0.01, maxPairs: 60))
    #expect(comparison.answer == .undecided)
    #expect(comparison.pairs < 60)
  }

  @Test("too few pairs for any answer are known at the first")
  func hopeless() {
    #expect(compare([0.5, 0.5], .init(maxPairs: 5)).pairs == 1)
  }

  @Test("there is no answer before the fewest pairs")
  func minPairs() {
    let comparison = compare(repeatElement(0.5, count: 50), .init(maxPairs: 50, minPairs: 20))
    #expect(comparison.answer == .better && comparison.pairs == 20)
  }

  @Test("an answer stays")
  func stays() {
    var comparison = compare(repeatElement(0.5, count: 50))
    for _ in 0..<100 { comparison.add(1) }
    #expect(comparison.answer == .better)
    #expect(comparison.pairs == 108)
  }

  @Test("log ratios that are not finite speak for nothing and break nothing")
  func notFinite() {
    var comparison = SequentialComparison(.init(maxPairs: 20))
    while comparison.answer == nil { comparison.add(comparison.pairs % 2 == 0 ? .nan : -.infinity) }
    #expect(comparison.answer == .undecided)
    #expect(comparison.ratio == 1 && comparison.interval == nil && comparison.noise == 0)
  }

  @Test("settings without a meaning are brought to the nearest with one")
  func settings() {
    let settings = SequentialComparison.Settings(alpha: -1, margin: .nan, maxPairs: 0, minPairs: 9)
    #expect(settings.alpha > 0 && settings.margin == 0 && settings.maxPairs == 1 && settings.minPairs == 1)
  }

  @Test("on pure noise at most 5 % of the streams find a difference, looked at after every pair")
  func falsePositives() {
    let runs = SimulatedPairs.compare(
      streams: 2_000, effect: 0, sigma: 0.018, settings: .init(margin: 0, maxPairs: 100), seed: 1)
    let found = runs.count { $0.answer != .undecided }
    #expect(found <= 100, "\(found) of 2000")
    #expect(found > 10, "a test that never finds anything shows nothing")
  }

  @Test("at the edge of the margin at most 5 % of the answers are false", arguments: [100, 200], [-1.0, 1])
  func edge(_ maxPairs: Int, _ side: Double) {
    let settings = SequentialComparison.Settings(margin: 0.01, maxPairs: maxPairs)
    let runs = SimulatedPairs.compare(
      streams: 1_000, effect: side * (log(1.01) + 1e-9), sigma: 0.01, settings: settings, seed: 2)
    let wrong = runs.count { $0.answer == .same || $0.answer == (side > 0 ? .better : .worse) }
    #expect(wrong <= 50, "\(wrong) of 1000")
  }

  @Test("what is below the margin must be shown to be no higher, too")
  func both() {
    // At 12 pairs E is 120 of the 118 that "below" needs, and the steady one 53 of 59; at 13 that is 87.
    let settings = SequentialComparison.Settings(alpha: 0.017, margin: 0.01, maxPairs: 200)
    for (ratio, answer) in [(0.9, Answer.better), (1.1, .worse)] {
      let comparison = compare(repeatElement(ratio, count: 50), settings)
      #expect(comparison.answer == answer && comparison.pairs == 13)
    }
    let alone = compare(repeatElement(0.9, count: 50), .init(alpha: 0.017, margin: 0, maxPairs: 200))
    #expect(alone.answer == .better && alone.pairs == 12)
  }

  @Test("what lies above the margin in half of the pairs is the same or better with a probability of at most alpha")
  func coin() {
    var random = SeededRandom(seed: 7)
    let wrong = (0..<1_000).count { _ in
      var comparison = SequentialComparison(.init(margin: 0.01, maxPairs: 200))
      while comparison.answer == nil {
        let isAbove = Bool.random(using: &random)
        comparison.add(isAbove ? 0.02 : Bool.random(using: &random) ? -0.02 : 0)
      }
      return comparison.answer == .better || comparison.answer == .same
    }
    #expect(wrong <= 50, "\(wrong) of 1000")
    #expect(wrong > 5, "a test that is never wrong shows nothing")
  }

  @Test("a 5 % slowdown in 1.8 % noise is found within 20 pairs in 97 % of the streams")
  func power() {
    let runs = SimulatedPairs.compare(
      streams: 500, effect: log(1.05), sigma: 0.018, settings: .init(margin: 0.01, maxPairs: 100), seed: 3)
    let found = runs.count { $0.answer == .worse && $0.pairs <= 20 }
    #expect(found >= 485, "\(found) of 500")
  }

  @Test("no effect in 0.5 % noise is the same within a margin of 2 %")
  func equivalence() {
    let runs = SimulatedPairs.compare(
      streams: 300, effect: 0, sigma: 0.005, settings: .init(margin: 0.02, maxPairs: 100), seed: 4)
    let same = runs.count { $0.answer == .same }
    #expect(same >= 297, "\(same) of 300")
  }

  @Test("the interval holds the true ratio at every look in 95 % of the streams")
  func coverage() {
    let effect = 0.01
    let missed = (0..<400).count { stream in
      var comparison = SequentialComparison(.init(margin: 0, maxPairs: 60))
      let pairs = SimulatedPairs(effect: effect, sigma: 0.018, seed: 5_000 + UInt64(stream))
      return pairs.prefix(60).contains { pair in
        comparison.add(pair)
        return comparison.interval.map { !$0.contains(exp(effect)) } ?? false
      }
    }
    #expect(missed <= 20, "\(missed) of 400")
  }
}
