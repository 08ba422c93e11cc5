/// Compares a candidate with the champion pair by pair, and stops as soon as the answer is known.
///
/// Fed with ln(candidate/champion) of one pair after the other. `m` is ln(1 + margin), `t` the true median log ratio. For
/// `minimize` the answers mean t < -m (better), t > m (worse), |t| <= m (same); `maximize` mirrors it. Four
/// `SignEProcess`es on the signs about -m and +m decide:
///
/// | says | needs rejected |
/// | --- | --- |
/// | below the margin | t >= -m at alpha/2, and t >= m at alpha |
/// | above the margin | t <= m at alpha/2, and t <= -m at alpha |
/// | same | t <= -m and t >= m at alpha each |
///
/// A false answer of any kind has a probability of at most alpha, however often one looks. With |t| <= m the false answers
/// are the first two: alpha/2 + alpha/2. With t > m they are "below" and "same", both of which need t >= m to be rejected,
/// which it falsely is with a probability of at most alpha; likewise with t < -m. So the two halves of "same" need no
/// correction (the intersection-union principle; Schuirmann 1987). Holds for any distribution whose median, given the earlier
/// pairs, is t. Of pairs that are the same 55 to 70 of 100 agree, hardly ever all: so the tests at alpha are `steady`.
///
/// With a margin of 0 nothing can be shown to be the same, and the first two need no second test. A ratio exactly on a margin
/// speaks for neither side of it.
/// Pairs that always agree decide after 8 at alpha 0.05 (same: 7), after 10 where there may be more than 100.
public struct SequentialComparison: Sendable, Hashable {
  public let settings: Settings
  /// nil: keep sampling. Once given, an answer stays, and further pairs change only the figures.
  public private(set) var answer: Answer?
  /// Pairs fed so far.
  public private(set) var pairs = 0
  /// The finite log ratios so far, in the order fed.
  public private(set) var logRatios: [Double] = []

  private let bound: Double
  private let hasMargin: Bool
  /// Heads that reject after `maxPairs`, at alpha/2 and at alpha: what decides whether going on is futile.
  private let lastHalf: Int?
  private let lastFull: Int?
  private(set) var belowLow: SignEProcess
  private(set) var aboveHigh: SignEProcess
  private var aboveLow: SignEProcess
  private var belowHigh: SignEProcess

  public init(_ settings: Settings = Settings()) {
    self.settings = settings
    bound = logarithm(1 + settings.margin)
    hasMargin = settings.margin > 0
    lastHalf = SignEProcess.headsNeeded(count: settings.maxPairs, alpha: settings.alpha / 2)
    lastFull = SignEProcess.headsNeeded(count: settings.maxPairs, alpha: settings.alpha, steady: true)
    belowLow = SignEProcess(alpha: settings.alpha / 2, most: settings.maxPairs)
    aboveHigh = SignEProcess(alpha: settings.alpha / 2, most: settings.maxPairs)
    aboveLow = SignEProcess(alpha: settings.alpha, most: settings.maxPairs, steady: true)
    belowHigh = SignEProcess(alpha: settings.alpha, most: settings.maxPairs, steady: true)
  }

  /// Adds one pair.
  ///
  /// - Parameter logRatio: ln(candidate/champion). One that is not finite (a run of no time at all) counts as a pair that
  ///   speaks for no answer.
  public mutating func add(_ logRatio: Double) {
    pairs += 1
    if logRatio.isFinite { logRatios.append(logRatio) }
    let usable = logRatio.isFinite
    belowLow.add(heads: usable && logRatio < -bound)
    aboveHigh.add(heads: usable && logRatio > bound)
    aboveLow.add(heads: usable && logRatio > -bound)
    belowHigh.add(heads: usable && logRatio < bound)
    if answer == nil { answer = decide() }
  }

  private func decide() -> Answer? {
    if pairs >= settings.minPairs {
      let isBelow = belowLow.rejected && (!hasMargin || belowHigh.rejected)
      let isAbove = aboveHigh.rejected && (!hasMargin || aboveLow.rejected)
      let isSame = hasMargin && aboveLow.rejected && belowHigh.rejected
      switch (isBelow, isAbove, isSame) {
      case (true, false, false): return settings.direction == .minimize ? .better : .worse
      case (false, true, false): return settings.direction == .minimize ? .worse : .better
      case (false, false, true): return .same
      case (false, false, false): break
      default: return .undecided  // Contradictory: the pairs were not alike.
      }
    }
    return pairs >= settings.maxPairs || isFutile ? .undecided : nil
  }

  /// Whether no answer can come any more, even if all pairs that are left agree.
  private var isFutile: Bool {
    let maybeNotHigh = canReject(belowHigh, needed: lastFull)
    let maybeNotLow = canReject(aboveLow, needed: lastFull)
    let maybeBelow = canReject(belowLow, needed: lastHalf) && (!hasMargin || maybeNotHigh)
    let maybeAbove = canReject(aboveHigh, needed: lastHalf) && (!hasMargin || maybeNotLow)
    return !maybeBelow && !maybeAbove && !(hasMargin && maybeNotHigh && maybeNotLow)
  }

  /// Heads never lower E, so heads only, up to the last pair, is the best that can happen.
  private func canReject(_ process: SignEProcess, needed: Int?) -> Bool {
    guard !process.rejected, let needed else { return process.rejected }
    return process.heads + settings.maxPairs - process.count >= needed
  }
}

extension SequentialComparison {
  /// exp of the median log ratio: candidate over champion; 1 before the first finite pair.
  public var ratio: Double { RobustStatistics.median(logRatios).map(exponential) ?? 1 }

  /// Bounds of the true median ratio, candidate over champion, that hold at every look together with 1 - alpha.
  ///
  /// The ratios that the same e-processes at alpha/2 on either side do not reject by now: order statistics, wider than
  /// the interval of a fixed number of pairs (`MedianInterval`). nil while there are too few pairs.
  public var interval: ClosedRange<Double>? {
    guard let needed = SignEProcess.headsNeeded(count: pairs, most: settings.maxPairs, alpha: settings.alpha / 2),
      needed <= logRatios.count, 2 * needed > logRatios.count
    else { return nil }
    let sorted = logRatios.sorted()
    return exponential(sorted[sorted.count - needed])...exponential(sorted[needed - 1])
  }

  /// One sigma of the log ratios, estimated from their median absolute deviation: 0.018 is about 1.8 %.
  public var noise: Double { RobustStatistics.sigma(logRatios) ?? 0 }

  /// Pairs further than 3.5 sigma from the median (Iglewicz and Hoaglin 1993): reported, and counted like all others.
  public var outliers: Int {
    let (noise, centre) = (noise, RobustStatistics.median(logRatios) ?? 0)
    return noise > 0 ? logRatios.count { abs($0 - centre) > 3.5 * noise } : 0
  }

  /// A p-value for "not worse by more than the margin" that is valid whenever one looks. `worse` is answered at alpha/2.
  public var worsePValue: Double { settings.direction == .minimize ? aboveHigh.pValue : belowLow.pValue }
}
