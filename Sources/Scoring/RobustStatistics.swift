/// Statistics that a few wild runs cannot move.
public enum RobustStatistics {
  /// The middle of the values, or the mean of the middle two; nil without values.
  public static func median(_ values: [Double]) -> Double? {
    median(sorted: values.sorted())
  }

  /// The standard deviation that a normal distribution of the same median absolute deviation would have.
  ///
  /// 1.4826 times the MAD, in the values' unit; nil without values. Rousseeuw and Croux, "Alternatives to the median
  /// absolute deviation", JASA 88 (1993).
  public static func sigma(_ values: [Double]) -> Double? {
    guard let centre = median(values) else { return nil }
    return median(values.map { abs($0 - centre) }).map { $0 * 1.4826 }
  }

  static func median(sorted values: [Double]) -> Double? {
    guard !values.isEmpty else { return nil }
    let middle = values.count / 2
    if values.count % 2 == 1 { return values[middle] }
    return values[middle - 1] + (values[middle] - values[middle - 1]) / 2
  }
}
