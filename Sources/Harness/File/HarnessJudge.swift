/// Whom a scorer of kind `judge` asks, by what rubric, and what it is shown.
package struct HarnessJudge: Sendable, Hashable {
  /// By what is judged.
  package enum Rubric: Sendable, Hashable {
    case text(String)
    /// A file, relative to the harness file's folder.
    case file(String)
  }

  /// Its name is `judge:` and the scorer's.
  package var agent: HarnessAgent
  package var rubric: Rubric
  /// Patterns of the files that are shown, of those in `$BELLJAR_OUT` or, without a run, of the build's outputs.
  package var files = ["**"]
  /// Whether what the run printed is shown.
  package var showsOutput = true
  /// Scores are from 0 to this.
  package var scale = 1.0

  /// What stands for standard output among the outputs.
  static let standardOutput = "-"
  /// The most bytes of a rubric.
  static let rubricLimit = 64 << 10
}

extension HarnessFile {
  /// The agents of the scorers that judge.
  package var judges: [HarnessAgent] { scorers.compactMap { $0.judge?.agent } }

  /// All that may speak to a model: what proposes, and what judges.
  package var askers: [HarnessAgent] { agents + judges }
}
