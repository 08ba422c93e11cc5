/// Whether a candidate is better than the champion, pair by pair: what a loop keeps by.
///
/// Usually a `SequentialComparison`. Where a run takes minutes, one pair comes first, and there are more only while the median
/// gain so far beats the margin; stopping for a small gain keeps nothing, so it costs no error rate. With noise that was
/// recorded beforehand, those pairs are tested against it (`RecordedNoiseTest`), which needs about a third as many.
public struct AcceptRule: Sendable, Hashable {
  /// How long runs are treated.
  public enum Screening: Sendable, Hashable {
    /// All pairs are made that the answer needs.
    case none
    /// More than one only while the gain beats the margin.
    case whileBetter
    /// The same, tested against these log ratios of the tree against itself.
    case against(recorded: [Double])
  }

  /// The figures of all pairs.
  public private(set) var comparison: SequentialComparison
  /// nil: another pair is needed.
  public private(set) var answer: Answer?
  /// Whether it ended because the gain so far was within the margin.
  public private(set) var wasScreenedOut = false
  private let screening: Screening
  private var recorded: RecordedNoiseTest?

  public init(_ settings: SequentialComparison.Settings, screening: Screening = .none) {
    comparison = SequentialComparison(settings)
    self.screening = screening
    if case .against(let noise) = screening {
      recorded = RecordedNoiseTest(
        recorded: noise, alpha: settings.alpha / 2, margin: settings.margin, direction: settings.direction)
    }
  }

  /// Adds one pair.
  ///
  /// - Parameter logRatio: ln(candidate/champion).
  public mutating func add(_ logRatio: Double) {
    comparison.add(logRatio)
    recorded?.add(logRatio)
    guard answer == nil else { return }
    if let recorded {
      answer = recorded.rejected ? .better : comparison.pairs >= comparison.settings.maxPairs ? .undecided : nil
    } else {
      answer = comparison.answer
    }
    if answer == nil, screening != .none, !beatsMargin {
      answer = .undecided
      wasScreenedOut = true
    }
  }

  private var beatsMargin: Bool {
    let gain = comparison.settings.direction == .minimize ? 1 / comparison.ratio : comparison.ratio
    return gain > 1 + comparison.settings.margin
  }
}
