import Glibc
import Scoring

/// What other ways to decide would have said of the same runs, taken as two samples.
enum OtherTests {
  /// Means that differ by more than 5 %.
  static func meansDiffer(_ a: [Double], _ b: [Double]) -> Bool {
    let ratio = mean(b) / mean(a)
    return ratio > 1.05 || ratio < 1 / 1.05
  }

  /// Welch's t test, two-sided, at .05. The normal distribution in place of Student's where both have more than 30 runs, which
  /// errs by less than .003; with fewer it is not asked.
  static func welch(_ a: [Double], _ b: [Double]) -> Bool {
    guard a.count > 30, b.count > 30 else { return false }
    let error = (variance(a) / Double(a.count) + variance(b) / Double(b.count)).squareRoot()
    return error > 0 && abs(mean(a) - mean(b)) / error > 1.96
  }

  /// The test of Mann and Whitney, two-sided, at .05, by its normal approximation with mid-ranks.
  static func mannWhitney(_ a: [Double], _ b: [Double]) -> Bool {
    let all = (a.map { ($0, true) } + b.map { ($0, false) }).sorted { $0.0 < $1.0 }
    var (sum, ties) = (0.0, 0.0)
    var start = 0
    while start < all.count {
      var end = start
      while end < all.count, all[end].0 == all[start].0 { end += 1 }
      let rank = Double(start + end + 1) / 2
      let size = Double(end - start)
      ties += size * size * size - size
      for index in start..<end where all[index].1 { sum += rank }
      start = end
    }
    let (n, m) = (Double(a.count), Double(b.count))
    let total = n + m
    let statistic = sum - n * (n + 1) / 2
    let deviation = (n * m / 12 * (total + 1 - ties / (total * (total - 1)))).squareRoot()
    return deviation > 0 && abs(statistic - n * m / 2) / deviation > 1.96
  }

  private static func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

  private static func variance(_ values: [Double]) -> Double {
    let mean = mean(values)
    return values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)
  }
}
