/// A one-sided test of "the coin lands heads at most half of the time" that may be looked at after every throw.
///
/// Bets against a fair coin with a head probability q drawn from the upper half of a Beta(3, 3) distribution:
///
///     E(n, k) = 60 * integral over q in (1/2, 1] of q^2 (1 - q)^2 (2q)^k (2(1 - q))^(n - k)
///             = 15/8 * U(n + 4, k + 2)
///     U(n, k) = 2 * integral over q in (1/2, 1] of (2q)^k (2(1 - q))^(n - k)
///             = sum over j = 0...k of C(n + 1, j), divided by (n + 1) C(n, k)
///
/// with k heads in n throws. U draws q uniformly; E is what U gains after two heads and two tails that nobody threw. The
/// differences that take long are small ones, with q near 1/2: there E needs a tenth fewer throws than U, and two more
/// where all agree. While the chance of heads, given all earlier throws, is at most 1/2, E is a nonnegative
/// supermartingale that starts at 1: for every q > 1/2 the bet's mean 2qp + 2(1 - q)(1 - p) is at most 1. By Ville's
/// inequality it ever reaches 1/alpha with a probability of at most alpha, whenever and for whatever reason one stops.
/// No q below 1/2 has weight, so tails never pay. A tie counts as tails: that can only lower E.
///
/// Mixtures are Ville's (1939) and Robbins's (1970), here restricted to one side; Howard, Ramdas, McAuliffe and
/// Sekhon, "Time-uniform, nonparametric, nonasymptotic confidence sequences", Annals of Statistics 49 (2021); Ramdas,
/// Grünwald, Vovk and Shafer, "Game-theoretic statistics and safe anytime-valid inference", Statistical Science 38 (2023).
public struct SignEProcess: Sendable, Hashable {
  /// The error probability at which `rejected` turns true.
  public let alpha: Double
  /// Throws so far, ties included.
  public private(set) var count = 0
  /// Heads so far.
  public private(set) var heads = 0
  /// Whether E has ever reached 1/alpha. It stays true: Ville's inequality is about the largest E of all.
  public private(set) var rejected = false
  /// The natural logarithm of the largest E so far; 0 before the first throw, where E is 1.
  public private(set) var largestLogValue = 0.0

  public init(alpha: Double) { self.alpha = alpha }

  public mutating func add(heads isHeads: Bool) {
    count += 1
    if isHeads { heads += 1 }
    // At or below half, E is at most 1.
    guard 2 * heads > count else { return }
    largestLogValue = max(largestLogValue, Self.logValue(heads: heads, count: count))
    if largestLogValue >= -logarithm(alpha) { rejected = true }
  }

  /// 1/E at its largest: a p-value that is valid whenever one looks, by Ville's inequality.
  public var pValue: Double { min(1, exponential(-largestLogValue)) }

  /// The natural logarithm of E(count, heads).
  public static func logValue(heads: Int, count: Int) -> Double {
    logarithm(15 / 8) + logUniform(heads: heads + 2, count: count + 4)
  }

  /// The natural logarithm of U(count, heads).
  private static func logUniform(heads: Int, count: Int) -> Double {
    // The sum's terms from j = heads down, as ratios to the first, which itself is (n + 1) C(n, k) / (n + 1 - k).
    var (term, sum, logScale) = (1.0, 1.0, 0.0)
    for j in stride(from: heads, to: 0, by: -1) {
      term *= Double(j) / Double(count + 2 - j)
      sum += term
      if sum > 0x1p900 {
        (term, sum, logScale) = (term * 0x1p-900, sum * 0x1p-900, logScale + 900 * logarithm(2))
      } else if term < sum * 0x1p-60, 2 * j < count {
        break  // The terms only shrink from here on: what is left is below rounding.
      }
    }
    return logarithm(sum) + logScale - logarithm(Double(count + 1 - heads))
  }

  /// The fewest heads in `count` throws with E >= 1/alpha; nil when even heads only are too few.
  public static func headsNeeded(count: Int, alpha: Double) -> Int? {
    guard reaches(heads: count, count: count, alpha: alpha) else { return nil }
    var (low, high) = (count / 2, count)
    while low < high {
      let middle = (low + high) / 2
      if reaches(heads: middle, count: count, alpha: alpha) { high = middle } else { low = middle + 1 }
    }
    return low
  }

  private static func reaches(heads: Int, count: Int, alpha: Double) -> Bool {
    // At or below half, E is at most 1.
    2 * heads > count && logValue(heads: heads, count: count) >= -logarithm(alpha)
  }
}
