internal import Harness
internal import Ledger

/// What an agent is told, in a clean context: the goal, the surface, the champion's scores, the last tries.
///
/// What came out of candidates is data: it is cut, its control characters are escaped, and it is marked as quoted.
enum PromptText {
  /// - Parameters:
  ///   - lines: Where the agent goes on with a member of a population: which, and the others that it is shown.
  ///   - round: Where tries are made side by side: its own number, and those of its round.
  static func text(
    _ harness: HarnessFile, own: String?, champion: [ScorerOutcome], tries: [TrySummary], lines: Parent? = nil,
    round: (number: Int, all: ClosedRange<Int>)? = nil
  ) -> String {
    var text = (own ?? harness.goal ?? "Improve this program.") + "\n"
    text += "\nYou may change only these files: " + harness.surface.editable.joined(separator: ", ") + "\n"
    text += "Everything else is fixed; a change of it rejects your proposal.\n"
    text += "\nThe champion's scores:\n"
    for score in champion {
      text += "- \(score.scorer.name) (\(score.scorer.role.rawValue)): "
      // Of a holdout no number, and no word of its own: they would say how near a guess was.
      if score.scorer.role == .holdout {
        text += score.passed == true ? "passed\n" : "failed\n"
        continue
      }
      text += score.value.map { "\($0) \(score.unit)" } ?? (score.passed == true ? "passed" : "failed")
      if score.passed == false, !score.explanation.isEmpty { text += "\n" + quoted(score.explanation) }
      if score.passed == false, !score.failingOutput.isEmpty {
        text += "\n  the end of its output:\n" + quoted(score.failingOutput)
      }
      text += "\n"
    }
    if let lines {
      text += "\nThe files before you are those of "
      text +=
        lines.number == 0
        ? "the program as it was at the start.\n" : "try \(lines.number), which is not always the champion.\n"
      for other in lines.others {
        text +=
          "\nAnother line of work, try \(other.number), is \(rounded(other.gain)) times as good as the start. Its difference "
        text += "from the start, for ideas:\n" + quoted(other.patch, most: 6000) + "\n"
      }
    }
    if let round {
      text += "\nThis is try \(round.number)."
      if round.all.count > 1 {
        text += " Tries \(round.all.lowerBound) to \(round.all.upperBound) are made side by side, and none is told of "
        text += "the others: an idea that they will hardly have is worth more."
      }
      text += "\n"
    }
    guard !tries.isEmpty else { return text }
    text += "\nThe last tries:\n"
    for each in tries.suffix(10) {
      let ratio = each.ratio.map { " ratio \(rounded($0))" } ?? ""
      text += "- try \(each.number): \(each.verdict.rawValue)\(ratio)\n" + quoted(each.reason)
      if !each.note.isEmpty { text += "\n" + quoted(each.note) }
      text += "\n"
    }
    return text
  }

  /// What the step of a pipeline is told of the one before it.
  static func afterStep(_ run: AgentRun) -> String {
    "\nThe step '\(run.agent.name)' worked on these files before you; they are as it left them. It ended with:\n"
      + quoted(run.lastWords, most: 8000) + "\n"
  }

  /// What an agent without sessions of its own is told of its last try.
  static func lastTrace(_ words: String) -> String {
    "\nYour last try ended with these words:\n" + quoted(words, most: 8000) + "\n"
  }

  /// The prompts of all steps, as the record keeps them.
  static func recorded(_ told: [String], _ agents: [HarnessAgent]) -> String {
    guard told.count > 1 else { return told.first ?? "" }
    return zip(agents, told).map { "--- \($0.name)\n\($1)" }.joined(separator: "\n")
  }

  /// What a reader doesn't see and a model does: control characters, marks of direction, other ends of lines, and tags, which
  /// spell whole sentences in nothing.
  private static func isUnseen(_ scalar: Unicode.Scalar) -> Bool {
    let ranges: [ClosedRange<UInt32>] = [
      0...31, 127...159, 0x200b...0x200f, 0x2028...0x202e, 0x2060...0x206f, 0xe0000...0xe0fff,
    ]
    return ranges.contains { $0.contains(scalar.value) }
  }

  /// The end of a text from a candidate or an agent: escaped, each line behind a bar.
  ///
  /// - Parameter most: Characters.
  static func quoted(_ text: String, most: Int = 2000) -> String {
    var clean = ""
    for scalar in text.unicodeScalars.suffix(most) {
      if scalar == "\n" || scalar == "\t" || !isUnseen(scalar) {
        clean.unicodeScalars.append(scalar)
      } else {
        clean += "\\x" + String(scalar.value, radix: 16)
      }
    }
    return clean.split(separator: "\n").map { "  | \($0)" }.joined(separator: "\n")
  }

  private static func rounded(_ value: Double) -> String { "\((value * 1000).rounded() / 1000)" }
}
