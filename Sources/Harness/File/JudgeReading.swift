internal import Scoring
internal import StrictYAML

extension HarnessScorer {
  static let judgeKeys = [
    "agent", "rubric", "rubric_file", "outputs", "repeat", "scale", "at_least", "at_most", "margin", "pairs", "screen",
    "expect", "over_budget",
  ]
  private static let mostJudgings = 15

  /// Reads whom a judge asks, by what, and what its score must be.
  mutating func readJudge(_ mapping: YAMLMapping) throws(YAMLError) {
    let role = try mapping.require("role")
    guard [.gate, .objective, .info].contains(self.role) else {
      throw role.error(
        "a judge is a gate, info, or the objective beside a guard; an output can talk to it, so it guards nothing itself"
      )
    }
    var judge = HarnessJudge(
      agent: try HarnessAgent.judge(reading: mapping.require("agent"), of: name), rubric: try Self.rubric(mapping))
    if let value = mapping["outputs"] {
      let patterns = try value.patterns(atLeastOne: true)
      judge.files = patterns.filter { $0 != HarnessJudge.standardOutput }
      judge.showsOutput = patterns.contains(HarnessJudge.standardOutput)
    }
    if let value = mapping["scale"] {
      judge.scale = try value.number()
      guard judge.scale > 0, judge.scale <= 1000 else { throw value.expected("a number above 0, and 1000 at most") }
    }
    repeats = 3
    if let value = mapping["repeat"] {
      repeats = try value.integer(in: 1...Self.mostJudgings)
      guard repeats % 2 == 1 else { throw value.expected("an odd number, so that one judging is the median") }
    }
    if self.role == .objective { direction = .maximize }
    self.judge = judge
    try readBounds(mapping)
    if let low = bounds?.atLeast, low > judge.scale, let value = mapping["at_least"] {
      throw value.error("no score is at least \(low): they are from 0 to \(judge.scale) (scale)")
    }
  }

  private static func rubric(_ mapping: YAMLMapping) throws(YAMLError) -> HarnessJudge.Rubric {
    if let file = mapping["rubric_file"] {
      guard mapping["rubric"] == nil else { throw file.error("'rubric' and 'rubric_file' can't both be the rubric") }
      return .file(try file.insidePath())
    }
    guard let value = mapping["rubric"] else {
      throw mapping.error("a judge needs 'rubric', a text by which it judges, or 'rubric_file'")
    }
    let text = try value.string()
    guard text.contains(where: { !$0.isWhitespace }), text.utf8.count <= HarnessJudge.rubricLimit else {
      throw value.expected("a text of at most \(HarnessJudge.rubricLimit) bytes")
    }
    return .text(text)
  }
}

extension HarnessFile {
  /// A judge can be talked round, so it is no objective by itself; and it needs something to judge.
  func checkJudges(_ scorers: [(scorer: HarnessScorer, value: YAMLValue)]) throws(YAMLError) {
    for (scorer, value) in scorers where scorer.kind == .judge {
      if scorer.run == nil, build?.outputs.isEmpty != false {
        throw value.error("'\(scorer.name)' has nothing to judge: it needs 'run', or a build with outputs")
      }
      guard scorer.role == .objective,
        !scorers.contains(where: { $0.scorer.role == .guard && $0.scorer.measuredChannel == .outside })
      else { continue }
      throw try value.mapping().require("role").error(
        "'\(scorer.name)' is a judge, whom an output can talk round, so it can't be the only measure: add a guard that is measured "
          + "from outside, such as '- {name: time, kind: benchmark, role: guard, run: COMMAND}' or one of kind command, "
          + "or make it a gate")
    }
  }
}
