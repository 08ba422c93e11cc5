internal import Scoring
internal import StrictYAML

/// What the number of a metric must be to pass as a gate; both ends pass.
package struct MetricBounds: Sendable, Hashable {
  package var atLeast: Double?
  package var atMost: Double?

  /// In words: `at least 3 and at most 5`.
  package var text: String {
    [atLeast.map { "at least \($0)" }, atMost.map { "at most \($0)" }].compactMap { $0 }.joined(separator: " and ")
  }

  package func contain(_ value: Double) -> Bool { value >= (atLeast ?? value) && value <= (atMost ?? value) }
}

extension HarnessScorer {
  static let metricKeys = [
    "json", "pattern", "report_file", "at_least", "at_most", "direction", "margin", "pairs", "expect", "deterministic",
    "screen", "over_budget",
  ]

  /// Reads where the number of a metric stands, and what it must be.
  mutating func readMetric(_ mapping: YAMLMapping) throws(YAMLError) {
    metric = .lastLine
    if let value = mapping["json"] { metric = .member(try value.string()) }
    if let value = mapping["pattern"] {
      if let other = mapping["json"] { throw other.error("'json' and 'pattern' can't both say where the number is") }
      guard let reader = MetricReader(pattern: try value.string()) else {
        throw value.expected("one line of text with \(MetricReader.placeholder) in it once, such as 'loss: {number}'")
      }
      metric = reader
    }
    if let value = mapping["report_file"] {
      let place = try ReportPlace(reading: value)
      guard !place.isPattern else { throw value.expected("one file; a pattern may find several") }
      reportPlace = place
    }
    if role == .holdout {
      throw try mapping.require("role").error(
        "the candidate prints this number itself, so it is no holdout; "
          + "a scorer of kind command can be, whose 'score' is yours")
    }
    try readBounds(mapping)
  }

  /// Reads what the number of a gate must be.
  mutating func readBounds(_ mapping: YAMLMapping) throws(YAMLError) {
    for key in ["at_least", "at_most"] {
      guard let value = mapping[key] else { continue }
      guard role == .gate else { throw value.error("'\(key)' is for a \(kind.rawValue) with the role gate") }
      let number = try value.number()
      var known = bounds ?? MetricBounds()
      if key == "at_least" { known.atLeast = number } else { known.atMost = number }
      bounds = known
    }
    if let low = bounds?.atLeast, let high = bounds?.atMost, low > high, let value = mapping["at_most"] {
      throw value.error("nothing is at least \(low) and at most \(high)")
    }
    if role == .gate, bounds == nil {
      throw try mapping.require("role").error("a \(kind.rawValue) that is a gate needs 'at_least' or 'at_most'")
    }
  }
}

extension HarnessFile {
  /// A number that the candidate prints itself is no objective by itself: four lines forge it.
  static func checkChannels(_ scorers: [(scorer: HarnessScorer, value: YAMLValue)]) throws(YAMLError) {
    guard let objective = scorers.first(where: { $0.scorer.role == .objective && $0.scorer.kind == .metric }),
      !scorers.contains(where: {
        ($0.scorer.role == .guard || $0.scorer.role == .holdout) && $0.scorer.measuredChannel == .outside
      })
    else { return }
    throw try objective.value.mapping().require("role").error(
      "'\(objective.scorer.name)' is printed by the candidate's own process (channel inside), so it can't be the only measure: "
        + "add a guard or holdout that is measured from outside (kind command, or a benchmark), or make it a gate")
  }
}
