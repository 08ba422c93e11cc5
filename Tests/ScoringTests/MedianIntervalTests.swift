import Scoring
import Testing

@Suite("MedianInterval") struct MedianIntervalTests {
  @Test("five pairs allow no bound at 95 %, six the smallest and the largest")
  func few() {
    #expect(MedianInterval(logRatios: []).median == nil)
    let five = MedianInterval(logRatios: [1, 2, 3, 4, 5])
    #expect(five.median == 3 && five.lower == nil && five.upper == nil && five.interval == nil)
    let six = MedianInterval(logRatios: [6, 1, 2, 5, 3, 4])
    #expect(six.median == 3.5 && six.lower == 1 && six.upper == 6)
    #expect(abs(six.coverage - (1 - 2.0 / 64)) < 1e-12)
  }

  @Test(
    "the ranks are those of the printed tables",
    arguments: [(10, 2, 9), (15, 4, 12), (20, 6, 15), (25, 8, 18), (50, 18, 33), (100, 40, 61)])
  func ranks(_ count: Int, _ lower: Double, _ upper: Double) {
    let interval = MedianInterval(logRatios: (1...count).map(Double.init).shuffled())
    #expect(interval.lower == lower && interval.upper == upper)
    #expect(interval.coverage >= 0.95)
  }

  @Test("a hundred thousand pairs neither underflow nor widen the interval")
  func many() {
    let interval = MedianInterval(logRatios: (1...100_000).map(Double.init))
    // 50,000.5 -/+ 1.96 * sqrt(100,000)/2
    #expect(interval.lower.map { abs($0 - 49_690.6) < 3 } == true)
    #expect(abs(interval.coverage - 0.95) < 0.001)
  }

  @Test("what is not finite is left out")
  func notFinite() {
    #expect(MedianInterval(logRatios: [.nan, 1, .infinity]).pairs == 1)
  }
}
