package import Harness
package import Ledger

/// What `belljar scorer test` found out about a harness's scorers.
package struct ScorerTestReport: Sendable {
  /// What became of one declared candidate.
  package struct Trial: Sendable {
    package let declared: DeclaredCandidate
    package let verdict: Verdict
    package let reason: String
    package let scores: [ScorerOutcome]
    /// Whether it came out as declared.
    package let isAsDeclared: Bool
    /// Whether a judge that couldn't be asked would have the last word: the verdict is only what it is without.
    package var isOpen = false

    /// The objective's comparison with the unchanged tree; nil where it did not come to that.
    package var measured: ScorerOutcome.Measured? {
      scores.first { $0.scorer.role == .objective }?.comparison
    }
  }

  /// Something that is wrong, or may be.
  package struct Finding: Sendable, Hashable {
    package enum Kind: String, Sendable { case wrong, warning }

    package let kind: Kind
    /// The scorer or candidate that it is about; empty for the harness as a whole.
    package let subject: String
    package let text: String
    /// What to do.
    package let advice: String
  }

  /// Makes the same seeds again.
  package let seed: Int
  package var trials: [Trial] = []
  package var findings: [Finding] = []
  /// Scorers whose answers agreed when they were asked twice, and those whose did not.
  var agreeing: Set<String> = []
  var differing: Set<String> = []

  package var isRight: Bool { !findings.contains { $0.kind == .wrong } }

  /// Adds a finding, once.
  mutating func find(_ kind: Finding.Kind, _ subject: String, _ text: String, _ advice: String) {
    var text = text
    while text.last?.isWhitespace == true { text.removeLast() }
    let finding = Finding(kind: kind, subject: subject, text: text, advice: advice)
    if !findings.contains(finding) { findings.append(finding) }
  }
}
