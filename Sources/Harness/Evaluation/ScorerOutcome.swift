package import Scoring

/// What one scorer said of a candidate.
package struct ScorerOutcome: Sendable {
  package var scorer: HarnessScorer
  package var channel: Channel
  /// The number, where the scorer gives one; for a comparison the candidate's median.
  package var value: Double?
  package var unit: String
  /// Whether a gate or holdout passed.
  package var passed: Bool?
  package var metrics: [String: Double] = [:]
  /// Why, in a line or a few.
  package var explanation: String
  /// The end of what a failing run printed: data from the candidate, for agents and logs.
  package var failingOutput = ""
  /// What the score came from; nil where nothing single decided.
  package var decidedBy: DecidedBy?
  /// Of a comparison: candidate over champion, with its interval.
  package var comparison: Measured?

  package struct Measured: Sendable {
    package var answer: Answer
    package var ratio: Double
    package var low: Double?
    package var high: Double?
    package var pairs: Int
    package var champion: Double
    package var candidate: Double

    package init(
      answer: Answer, ratio: Double, low: Double? = nil, high: Double? = nil, pairs: Int, champion: Double,
      candidate: Double
    ) {
      self.answer = answer
      self.ratio = ratio
      self.low = low
      self.high = high
      self.pairs = pairs
      self.champion = champion
      self.candidate = candidate
    }
  }

  package init(
    scorer: HarnessScorer, channel: Channel, value: Double? = nil, unit: String = "", passed: Bool? = nil,
    explanation: String = "", comparison: Measured? = nil
  ) {
    self.scorer = scorer
    self.channel = channel
    self.value = value
    self.unit = unit
    self.passed = passed
    self.explanation = explanation
    self.comparison = comparison
  }
}

/// The tests of the baseline.
package struct PinnedTests: Sendable {
  package var names: Set<String>
  package var unstable: Set<String>

  package init(names: Set<String>, unstable: Set<String>) {
    self.names = names
    self.unstable = unstable
  }
}
