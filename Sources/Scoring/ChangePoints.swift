/// Where the level of a series changes: E-divisive means.
///
/// Matteson and James, "A nonparametric approach for multiple change point analysis of multivariate data", Journal of the
/// American Statistical Association 109 (2014): the split that makes the energy distance of its two sides largest,
///
///     Q = n m / (n + m) * (2 mean|x - y| - mean|x - x'| - mean|y - y'|)
///
/// is tested by permuting the segment; where it stands, both halves are looked at in turn. No distribution is assumed. That it
/// serves a history of many commits: Daly, Brown, Ingo, O'Leary and Bradford, "The use of change point detection to identify
/// software performance regressions in a continuous integration system", ICPE 2020. It says nothing of a single new point.
public enum ChangePoints {
  /// One change of level.
  public struct Change: Sendable, Hashable {
    /// The first value of the new level.
    public let index: Int
    /// Of permuted segments so many, from 0 to 1, split at least as well.
    public let pValue: Double
  }

  /// - Parameters:
  ///   - values: in their order. Those that are not finite have to be left out before.
  ///   - level: the largest p-value that counts.
  ///   - least: the fewest values of a level.
  ///   - permutations: how often each segment is permuted.
  ///   - seed: of the permutations.
  /// - Returns: by index.
  public static func find(
    _ values: [Double], level: Double = 0.05, least: Int = 5, permutations: Int = 199, seed: UInt64 = 1
  ) -> [Change] {
    var random = SeededRandom(seed: seed)
    var found: [Change] = []
    var waiting = [values.indices]
    while let segment = waiting.popLast() {
      let part = Array(values[segment])
      guard let best = split(part, least: max(2, least)) else { continue }
      // Equal values have no level to change.
      guard best.statistic > 0 else { continue }
      var asGood = 0
      for _ in 0..<permutations {
        let other = split(part.shuffled(using: &random), least: max(2, least))
        if let other, other.statistic >= best.statistic { asGood += 1 }
      }
      let pValue = Double(asGood + 1) / Double(permutations + 1)
      guard pValue <= level else { continue }
      let index = segment.lowerBound + best.place
      found.append(Change(index: index, pValue: pValue))
      waiting += [segment.lowerBound..<index, index..<segment.upperBound]
    }
    return found.sorted { $0.index < $1.index }
  }

  /// The best place to split a segment: the sums of distances move with one value at a time.
  static func split(_ values: [Double], least: Int) -> (place: Int, statistic: Double)? {
    let count = values.count
    guard count >= 2 * least else { return nil }
    var (left, right, cross) = (0.0, 0.0, 0.0)
    for first in 0..<count {
      for second in (first + 1)..<max(count, first + 1) { right += abs(values[first] - values[second]) }
    }
    var best: (place: Int, statistic: Double)?
    for place in 1...(count - least) {
      // The value before `place` moves from the right to the left.
      let moved = values[place - 1]
      var (toLeft, toRight) = (0.0, 0.0)
      for index in 0..<(place - 1) { toLeft += abs(values[index] - moved) }
      for index in place..<count { toRight += abs(values[index] - moved) }
      left += toLeft
      right -= toRight
      cross += toRight - toLeft
      guard place >= least else { continue }
      let (n, m) = (Double(place), Double(count - place))
      let distance = 2 * cross / (n * m) - 2 * left / (n * (n - 1)) - 2 * right / (m * (m - 1))
      let statistic = n * m / (n + m) * distance
      if statistic > best?.statistic ?? -.infinity { best = (place, statistic) }
    }
    return best
  }
}
