/// Several claims at once, with one bound for the probability that any of them is false.
///
/// Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6 (1979): the smallest
/// of m p-values must be at most level/m, the next level/(m - 1), and so on until one is not. Holds however the p-values
/// depend on each other, as those of benchmarks that were run in one session do.
public enum HolmCorrection {
  /// Which claims stand.
  ///
  /// - Parameters:
  ///   - pValues: One for each claim, those that will not be made included.
  ///   - level: The largest probability of any false claim.
  /// - Returns: For each p-value whether its claim stands.
  public static func accepted(pValues: [Double], level: Double) -> [Bool] {
    var accepted = pValues.map { _ in false }
    for (rank, index) in pValues.indices.sorted(by: { pValues[$0] < pValues[$1] }).enumerated() {
      guard pValues[index] <= level / Double(pValues.count - rank) else { break }
      accepted[index] = true
    }
    return accepted
  }
}
