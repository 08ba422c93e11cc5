/// How often something happens, with the exact interval of Clopper and Pearson, "The use of confidence or fiducial limits
/// illustrated in the case of the binomial", Biometrika 26 (1934): it covers the true rate at least as often as it says.
public struct BinomialInterval: Sendable, Hashable {
  public let successes: Int
  public let trials: Int
  /// Bounds of the true rate, from 0 to 1.
  public let lower: Double
  public let upper: Double

  /// - Parameters:
  ///   - trials: at least `successes`; without any, the interval says nothing.
  ///   - confidence: the coverage, between 0 and 1.
  public init(successes: Int, trials: Int, confidence: Double = 0.95) {
    self.successes = successes
    self.trials = trials
    let tail = (1 - confidence) / 2
    func bisect(_ isBelow: (Double) -> Bool) -> Double {
      var (low, high) = (0.0, 1.0)
      for _ in 0..<60 {
        let middle = (low + high) / 2
        if isBelow(middle) { low = middle } else { high = middle }
      }
      return (low + high) / 2
    }
    func atLeast(_ least: Int, _ rate: Double) -> Double {
      least <= 0 ? 1 : DetectableEffect.chance(atLeast: least, of: trials, each: rate)
    }
    lower = successes <= 0 || trials <= 0 ? 0 : bisect { atLeast(successes, $0) < tail }
    upper = successes >= trials ? 1 : bisect { 1 - atLeast(successes + 1, $0) > tail }
  }

  /// `1.2 % (0.8 % to 1.8 %)`.
  public var percentText: String {
    func percent(_ value: Double) -> String { "\((value * 10_000).rounded() / 100) %" }
    return "\(percent(trials > 0 ? Double(successes) / Double(trials) : 0)) (\(percent(lower)) to \(percent(upper)))"
  }
}
