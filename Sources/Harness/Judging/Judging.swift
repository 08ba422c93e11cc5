internal import Scoring

/// One judging, and what it cost.
struct Judging {
  let answer: JudgeAnswer
  /// US dollars; nil where nothing counted them.
  let cost: Double?

  /// The score of several judgings: their median, with what each of them said.
  static func outcome(of scorer: HarnessScorer, _ judgings: [Judging]) -> ScorerOutcome {
    let answers = judgings.map(\.answer).sorted { $0.score < $1.score }
    var outcome = ScorerOutcome(scorer: scorer, channel: .inside, unit: scorer.unit ?? "")
    guard let least = answers.first?.score, let most = answers.last?.score else { return outcome }
    let median = answers[answers.count / 2].score
    outcome.value = median
    outcome.passed = scorer.bounds?.contain(median)
    outcome.metrics = ["judgings": Double(answers.count), "least": least, "most": most]
    let costs = judgings.compactMap(\.cost)
    if !costs.isEmpty { outcome.metrics["usd"] = costs.reduce(0, +) }
    var words = answers.count == 1 ? "1 judging" : "median of \(answers.count) judgings, \(least) to \(most)"
    if let bounds = scorer.bounds, outcome.passed == false { words = "\(median) is not \(bounds.text); \(words)" }
    let lines = answers.map { "\($0.score): " + $0.reason.split(whereSeparator: \.isNewline).joined(separator: " ") }
    outcome.explanation = ([words] + lines).joined(separator: "\n")
    return outcome
  }
}
