/// The smallest difference that a sequential comparison of so many pairs answers in most cases, given the noise of the pairs.
///
/// The sign test sees only how many pairs lie beyond the margin. It needs `headsNeeded(count:alpha:)` of them at the last pair;
/// the probability p of one pair that gives so many with the power asked for follows from the binomial distribution, and the
/// shift that gives p from the recorded ratios' quantile. That is a lower bound of the power: an earlier pair may decide too.
public struct DetectableEffect: Sendable, Hashable {
  /// The largest probability of a false answer.
  public let alpha: Double
  /// As a fraction; 0 asks for the smallest difference from none at all.
  public let margin: Double
  public let pairs: Int
  /// How often the difference has to be answered, from 0 to 1.
  public let power: Double

  public init(alpha: Double, margin: Double, pairs: Int, power: Double = 0.8) {
    self.alpha = alpha
    self.margin = margin
    self.pairs = pairs
    self.power = power
  }

  /// The smallest slowdown, as a fraction: 0.02 is 2 %.
  ///
  /// - Parameter logRatios: of a program against itself. As its sides can be exchanged, each counts with both signs.
  /// - Returns: nil where so few pairs can't answer anything.
  public func smallest(logRatios: [Double]) -> Double? {
    let finite = logRatios.filter(\.isFinite)
    guard !finite.isEmpty, let chance = chanceNeeded else { return nil }
    let sorted = (finite + finite.map { -$0 }).sorted()
    // P(x > -q) = chance where q is that quantile of the symmetric x.
    let place = min(sorted.count - 1, Int((chance * Double(sorted.count)).rounded(.up)))
    return exponential(logarithm(1 + margin) + max(0, sorted[place])) - 1
  }

  /// The probability that one pair must have to lie beyond the margin.
  var chanceNeeded: Double? {
    guard var needed = SignEProcess.headsNeeded(count: pairs, alpha: alpha / 2) else { return nil }
    if margin > 0 {
      // The second test of `SequentialComparison`, of which at least as many pairs speak for it.
      guard let second = SignEProcess.headsNeeded(count: pairs, alpha: alpha, steady: true) else { return nil }
      needed = max(needed, second)
    }
    var (low, high) = (0.5, 1.0)
    for _ in 0..<40 {
      let middle = (low + high) / 2
      if Self.chance(atLeast: needed, of: pairs, each: middle) >= power { high = middle } else { low = middle }
    }
    return high
  }

  /// P(Binomial(count, each) >= least), summed from the likeliest end.
  static func chance(atLeast least: Int, of count: Int, each: Double) -> Double {
    guard each < 1 else { return 1 }
    // From count heads down to `least`: each term from the one before.
    var logTerm = Double(count) * logarithm(each)
    var sum = 0.0
    for heads in stride(from: count, through: least, by: -1) {
      sum += exponential(logTerm)
      logTerm += logarithm(Double(heads)) - logarithm(Double(count - heads + 1)) + logarithm(1 - each) - logarithm(each)
    }
    return min(1, sum)
  }
}
