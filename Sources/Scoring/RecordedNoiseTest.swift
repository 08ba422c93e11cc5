/// A test of "the candidate is not better by more than the margin" against noise that was recorded before: for runs of
/// minutes, of which nobody can make the sixteen pairs that signs alone need.
///
/// What it assumes: without a difference, the pairs at hand have the distribution that the recorded ones have (log ratios of
/// the tree against itself, `belljar calibrate`), and each is as likely to point one way as the other. Nothing is assumed of
/// its shape. Of n recorded magnitudes, the (r + 1)th largest is the threshold. How likely a further one is to exceed it is
/// then Beta(r + 1, n - r) distributed, whatever the distribution (Wilks, "Determination of sample sizes for setting tolerance
/// limits", Annals of Mathematical Statistics 12 (1941)), so with a probability of 1 - alpha/2 it is at most the upper
/// Clopper-Pearson bound u of r in n. Then a pair lies beyond margin and threshold on the better side with a
/// probability of at most q = u/2, and one of a candidate that is worse even less often. Bets against such a coin,
///
///     E = integral over p in (q, 1] of (p/q)^k ((1 - p)/(1 - q))^(m - k), divided by 1 - q
///
/// with k such pairs among m, are a test supermartingale, as in `SignEProcess`: by Ville's inequality E ever reaches 2/alpha with a
/// probability of at most alpha/2. Both together: at most alpha, whenever one stops.
public struct RecordedNoiseTest: Sendable, Hashable {
  /// The fewest recorded pairs that a test is made with: with fewer, so little is known of the tail that signs do as well.
  public static let fewestRecorded = 19

  public let alpha: Double
  /// Whether E has ever reached 2/alpha. It stays true.
  public private(set) var rejected = false
  /// The gain over the margin, as a log ratio, beyond which a pair counts.
  public let threshold: Double
  /// The largest probability of such a pair where the candidate is not better.
  public let chance: Double
  private let bound: Double
  private let direction: Direction
  private var count = 0
  private var beyond = 0

  /// - Parameters:
  ///   - recorded: ln(second / first) of pairs of a tree against itself.
  ///   - alpha: the largest probability of `rejected` where the candidate is not better.
  ///   - margin: the difference that doesn't matter, as a fraction.
  /// - Returns: nil with fewer than `fewestRecorded` finite pairs.
  public init?(recorded: [Double], alpha: Double, margin: Double, direction: Direction) {
    let magnitudes = recorded.filter(\.isFinite).map(abs).sorted()
    guard magnitudes.count >= Self.fewestRecorded else { return nil }
    // One in twenty is passed over, so that a few wild pairs don't make the test blind. By their number alone, not by their looks.
    let wild = magnitudes.count / 20
    threshold = magnitudes[magnitudes.count - 1 - wild]
    chance = BinomialInterval(successes: wild, trials: magnitudes.count, confidence: 1 - alpha).upper / 2
    self.alpha = alpha
    bound = logarithm(1 + max(0, margin))
    self.direction = direction
  }

  /// Adds one pair.
  ///
  /// - Parameter logRatio: ln(candidate/champion). One that is not finite speaks against the candidate.
  public mutating func add(_ logRatio: Double) {
    let gain = (direction == .minimize ? -logRatio : logRatio) - bound
    count += 1
    if gain.isFinite, gain > threshold { beyond += 1 }
    if logValue >= logarithm(2 / alpha) { rejected = true }
  }

  /// ln E. The integral is B(k + 1, m - k + 1) times the probability that m + 1 throws show at most k heads.
  private var logValue: Double {
    let (heads, tails) = (Double(beyond), Double(count - beyond))
    var logBeta = -logarithm(Double(count) + 1)
    for step in 0..<beyond { logBeta += logarithm(Double(step + 1)) - logarithm(Double(count - step)) }
    let few = max(1 - DetectableEffect.chance(atLeast: beyond + 1, of: count + 1, each: chance), .leastNormalMagnitude)
    return logBeta + logarithm(few) - heads * logarithm(chance) - (tails + 1) * logarithm(1 - chance)
  }
}
