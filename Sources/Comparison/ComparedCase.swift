internal import Glibc
package import Scoring

/// One case as its pairs come in.
package struct ComparedCase: Sendable {
  package let settings: CaseSettings
  /// nil while more pairs are needed.
  package internal(set) var answer: Answer?
  package private(set) var champion: [Measurement] = []
  package private(set) var candidate: [Measurement] = []
  private(set) var test: SequentialComparison
  /// What all looks so far allow together.
  private var bounds: ClosedRange<Double>?
  private var nextLook = 8

  init(_ settings: CaseSettings, alpha: Double) {
    self.settings = settings
    test = SequentialComparison(
      SequentialComparison.Settings(
        alpha: alpha, margin: settings.margin, direction: settings.direction, maxPairs: settings.maxPairs,
        minPairs: settings.minPairs))
  }

  mutating func add(_ pair: MeasuredPair) {
    champion.append(pair.champion)
    candidate.append(pair.candidate)
    test.add(LogRatio.of(pair.candidate.value, over: pair.champion.value))
  }

  package var pairs: Int { test.pairs }
  /// Candidate over champion: the median of the pairs' ratios.
  package var ratio: Double { test.ratio }
  /// Bounds of the true ratio that hold at every look together, so that those of all looks hold at once: their intersection.
  package var interval: ClosedRange<Double>? { Self.intersection(bounds, test.interval) }

  /// Looks at the bounds now and then: at each pair it would cost more than it tells.
  mutating func look() {
    guard pairs >= nextLook else { return }
    nextLook = pairs + max(2, pairs / 16)
    bounds = interval
  }

  /// Where two don't meet, the pairs were not alike: then what the latest look says stands.
  private static func intersection(_ old: ClosedRange<Double>?, _ new: ClosedRange<Double>?) -> ClosedRange<Double>? {
    guard let old, let new else { return new ?? old }
    return old.overlaps(new) ? new.clamped(to: old) : new
  }
  /// One sigma of the log ratios, from their median absolute deviation.
  package var noise: Double { test.noise }
  package var logRatios: [Double] { test.logRatios }
  /// Pairs further than 3.5 sigma from the median (Iglewicz and Hoaglin 1993): reported, and counted like all others.
  package var outliers: Int { test.outliers }
}

/// What a pair is reduced to.
package enum LogRatio {
  /// ln(candidate / champion); for numbers that may be zero or negative, their difference on the larger one's scale.
  package static func of(_ candidate: Double, over champion: Double) -> Double {
    if candidate > 0, champion > 0 { return log(candidate / champion) }
    return (candidate - champion) / max(abs(champion), abs(candidate), 1e-12)
  }

  /// candidate / champion; where that would say nothing, as for numbers below zero, what `of` says.
  static func ratio(_ candidate: Double, over champion: Double) -> Double {
    candidate > 0 && champion > 0 ? candidate / champion : exp(of(candidate, over: champion))
  }
}
