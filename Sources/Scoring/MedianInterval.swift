/// The median of log ratios, with the exact interval of the sign test.
///
/// The bounds are order statistics: for independent values the true median lies below the l-th smallest with the
/// probability that a fair coin shows fewer than l heads in n throws, whatever the distribution. Conover, "Practical
/// Nonparametric Statistics", 3rd ed. 1999, section 3.2.
///
/// Valid for a number of pairs fixed beforehand; whoever looks after every pair wants `SequentialComparison`.
public struct MedianInterval: Sendable, Hashable {
  /// Of the log ratios (natural logarithm, no unit); nil without finite ones.
  public let median: Double?
  /// Log ratios; nil where so few pairs allow no bound at the confidence asked for (95 % needs six).
  public let lower: Double?
  public let upper: Double?
  /// The coverage that the bounds have, at least the one asked for; 0 without bounds.
  public let coverage: Double
  /// How many log ratios were finite, and counted.
  public let pairs: Int

  /// - Parameters:
  ///   - logRatios: ln(candidate/champion), one for each pair. Those that are not finite are left out.
  ///   - confidence: The coverage asked for, between 0 and 1.
  public init(logRatios: [Double], confidence: Double = 0.95) {
    let sorted = logRatios.filter(\.isFinite).sorted()
    pairs = sorted.count
    median = RobustStatistics.median(sorted: sorted)
    guard let rank = Self.rank(count: sorted.count, confidence: confidence) else {
      (lower, upper, coverage) = (nil, nil, 0)
      return
    }
    lower = sorted[rank.lower - 1]
    upper = sorted[sorted.count - rank.lower]
    coverage = rank.coverage
  }

  /// exp(median): candidate over champion.
  public var ratio: Double? { median.map(exponential) }

  /// The bounds as ratios, candidate over champion.
  public var interval: ClosedRange<Double>? {
    guard let lower, let upper else { return nil }
    return exponential(lower)...exponential(upper)
  }

  /// The largest l with P(Binomial(count, 1/2) < l) <= (1 - confidence)/2, counted from 1.
  static func rank(count: Int, confidence: Double) -> (lower: Int, coverage: Double)? {
    guard count > 0, confidence > 0, confidence < 1 else { return nil }
    let allowed = (1 - confidence) / 2
    var logTerm = -Double(count) * logarithm(2)
    var tail = 0.0
    var rank = 0
    while rank < count / 2 + 1 {
      let next = tail + exponential(logTerm)
      if next > allowed { break }
      tail = next
      logTerm += logarithm(Double(count - rank)) - logarithm(Double(rank + 1))
      rank += 1
    }
    return rank == 0 ? nil : (rank, 1 - 2 * tail)
  }
}
