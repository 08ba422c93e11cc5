/// A one-sided test of "the coin lands heads at most half of the time" that may be looked at after every throw.
///
/// Bets against a fair coin with a head probability q drawn from the upper half of a Beta(1 + a, 1 + a) distribution:
///
///     E(n, k) = U(n + 2a, k + a) / U(2a, a)
///     U(n, k) = 2 * integral over q in (1/2, 1] of (2q)^k (2(1 - q))^(n - k)
///             = sum over j = 0...k of C(n + 1, j), divided by (n + 1) C(n, k)
///
/// with k heads in n throws: what a uniform draw, U, gains after a heads and a tails that nobody threw. Those say that small
/// differences are likelier. While the chance of heads, given all earlier throws, is at most 1/2, E is a nonnegative
/// supermartingale that starts at 1: for every q > 1/2 the bet's mean 2qp + 2(1 - q)(1 - p) is at most 1. By Ville's
/// inequality it ever reaches 1/alpha with a probability of at most alpha, whenever and for whatever reason one stops.
/// No q below 1/2 has weight, so tails never pay. A tie counts as tails: that can only lower E.
///
/// A `steady` one stakes three fifths of what it has on one chance, q = 0.6. Its E is the mean of both by their stakes, a
/// supermartingale as they are:
///
///     3/5 * (2q)^k (2(1 - q))^(n - k) + 2/5 * E(n, k)
///
/// Mixtures are Ville's (1939) and Robbins's (1970), here restricted to one side; Howard, Ramdas, McAuliffe and
/// Sekhon, "Time-uniform, nonparametric, nonasymptotic confidence sequences", Annals of Statistics 49 (2021); Ramdas,
/// Grünwald, Vovk and Shafer, "Game-theoretic statistics and safe anytime-valid inference", Statistical Science 38 (2023).
public struct SignEProcess: Sendable, Hashable {
  /// The error probability at which `rejected` turns true.
  public let alpha: Double
  /// Heads, and as many tails, that are taken as thrown: a.
  public let prior: Int
  /// Whether most is staked on a chance of heads of 0.6.
  public let isSteady: Bool
  /// Throws so far, ties included.
  public private(set) var count = 0
  /// Heads so far.
  public private(set) var heads = 0
  /// Whether E has ever reached 1/alpha. It stays true: Ville's inequality is about the largest E of all.
  public private(set) var rejected = false
  /// The natural logarithm of the largest E so far; 0 before the first throw, where E is 1.
  public private(set) var largestLogValue = 0.0

  /// - Parameters:
  ///   - most: The most throws that there can be: `prior(most:)`.
  ///   - steady: To reject where 55 to 70 of 100 are heads: at 0.05 it needs two or three heads fewer of 130 to 250 throws, and
  ///     four more of 1,000. Nothing where `most` is 100 or less.
  public init(alpha: Double, most: Int, steady: Bool = false) {
    self.alpha = alpha
    prior = Self.prior(most: most)
    isSteady = steady && most > Self.few
  }

  /// Throws up to which only large differences can be seen.
  private static let few = 100
  private static let steadyChance = 0.6, steadyStake = 0.6

  /// The heads that are taken as thrown where there can be at most so many throws.
  ///
  /// Up to 100 throws only large differences can be seen, and none are. Beyond, two: with a chance of heads of 0.62 and an
  /// alpha of 0.025 it takes 150 throws in the mean in place of 162, and where all are heads 10 in place of 8.
  public static func prior(most: Int) -> Int { most > few ? 2 : 0 }

  public mutating func add(heads isHeads: Bool) {
    count += 1
    if isHeads { heads += 1 }
    // At or below half, E is at most 1.
    guard 2 * heads > count else { return }
    largestLogValue = max(largestLogValue, Self.logValue(heads: heads, count: count, prior: prior, steady: isSteady))
    if largestLogValue >= -logarithm(alpha) { rejected = true }
  }

  /// 1/E at its largest: a p-value that is valid whenever one looks, by Ville's inequality.
  public var pValue: Double { min(1, exponential(-largestLogValue)) }

  /// The natural logarithm of E(count, heads).
  public static func logValue(heads: Int, count: Int, prior: Int, steady: Bool = false) -> Double {
    let drawn = logUniform(heads: heads + prior, count: count + 2 * prior) - logUniform(heads: prior, count: 2 * prior)
    guard steady else { return drawn }
    let single = Double(heads) * logarithm(2 * steadyChance) + Double(count - heads) * logarithm(2 * (1 - steadyChance))
    let larger = max(single, drawn)
    return larger
      + logarithm(steadyStake * exponential(single - larger) + (1 - steadyStake) * exponential(drawn - larger))
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
  ///
  /// - Parameters:
  ///   - most: The most throws that there can be; those themselves where nil.
  ///   - steady: As `init(alpha:most:steady:)` takes it.
  public static func headsNeeded(count: Int, most: Int? = nil, alpha: Double, steady: Bool = false) -> Int? {
    let most = most ?? count
    let (prior, isSteady) = (prior(most: most), steady && most > few)
    func reaches(_ heads: Int) -> Bool {
      // At or below half, E is at most 1.
      2 * heads > count && logValue(heads: heads, count: count, prior: prior, steady: isSteady) >= -logarithm(alpha)
    }
    guard reaches(count) else { return nil }
    var (low, high) = (count / 2, count)
    while low < high {
      let middle = (low + high) / 2
      if reaches(middle) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
