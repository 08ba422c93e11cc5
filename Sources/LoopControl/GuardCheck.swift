internal import Comparison
internal import Harness
internal import Scoring

/// The guards: what must not get worse than it was in the baseline, so that small losses can't add up.
///
/// Each is compared with the baseline at an error rate of its own: 5 % for a candidate, divided by the number of guards. Any claim
/// of `worse` rejects the candidate, so the smallest p-value decides, and Holm's correction, which asks of that one to be at most
/// level / m, is the division (`HolmCorrection`). It is not taken from the loop's alpha budget: a false alarm of a guard costs a
/// candidate, it keeps none. With the budget's share of one try in place of it, guards would hardly ever speak.
struct GuardCheck {
  let bench: Workbench
  let scorers: [HarnessScorer]

  init(_ bench: Workbench) {
    self.bench = bench
    scorers = bench.harness.scorers.filter { $0.role == .guard }
  }

  /// What one guard says.
  struct Finding {
    var outcome: ScorerOutcome
    /// Why the candidate falls; nil where it stands.
    var loss: String?
    /// What a reader of the verdict should know though it stands.
    var doubt: String?
  }

  /// - Throws: `EvaluationFault.rejected` where the candidate's run fails.
  func compare(
    _ scorer: HarnessScorer, baseline: Specimen, with candidate: Specimen, seed: (_ pair: Int) -> UInt64
  ) throws -> Finding {
    let outcome = try PairedComparison(bench, scorer: scorer).compare(
      champion: baseline, candidate: candidate, alpha: bench.harness.guardErrorRate, seed: seed)
    guard let measured = outcome.comparison else { return Finding(outcome: outcome) }
    switch measured.answer {
    case .worse:
      return Finding(
        outcome: outcome,
        loss: "guard \(scorer.name) got worse than the baseline's: \(ChangeText.text(measured, scorer))")
    case .undecided:
      return Finding(
        outcome: outcome,
        doubt: "guard \(scorer.name) can't be told from the baseline's: \(ChangeText.text(measured, scorer))")
    case .better, .same: return Finding(outcome: outcome)
    }
  }
}

/// Ratios in words.
enum ChangeText {
  /// `+1.5 %` of a ratio of 1.015.
  static func percent(_ ratio: Double) -> String {
    let change = (ratio - 1) * 100
    return "\(change < 0 ? "" : "+")\((change * 10).rounded() / 10) %"
  }

  static func fraction(_ value: Double) -> String { "\((value * 1000).rounded() / 10) %" }

  /// `+8.1 % (+5.0 % to +11.2 %) in 13 pairs, margin 1.0 %`.
  static func text(_ measured: ScorerOutcome.Measured, _ scorer: HarnessScorer) -> String {
    var text = percent(measured.ratio)
    if let low = measured.low, let high = measured.high { text += " (\(percent(low)) to \(percent(high)))" }
    if measured.pairs > 1 { text += " in \(measured.pairs) pairs" }
    return text + ", margin \(fraction(scorer.margin))"
  }
}
