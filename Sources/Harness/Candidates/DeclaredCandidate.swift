package import Scoring

/// A candidate that stands beside a harness to try its scorers: what it changes, and what must become of it.
///
/// Declared in `candidates/expected.yaml`; its files lie in a folder beside it as they would lie in the tree.
package struct DeclaredCandidate: Sendable, Hashable {
  /// What a loop would make of it. `invalid` can't be declared: then the harness is at fault.
  package enum Verdict: String, Sendable, CaseIterable { case kept, discarded, rejected }

  package var name: String
  package var verdict: Verdict
  /// What the objective's comparison with the unchanged tree must say; nil where that is left open.
  package var answer: Answer?
  /// A part of the reason, so that a cheat is rejected for cheating and not for a slip; nil where any will do.
  package var reason: String?
  /// The folder of its files, below `candidates`; nil for the tree as it is.
  package var files: String?
  /// Paths of the tree that it removes.
  package var removes: [String] = []

  package init(
    name: String, verdict: Verdict, answer: Answer? = nil, reason: String? = nil, files: String?, removes: [String] = []
  ) {
    self.name = name
    self.verdict = verdict
    self.answer = answer
    self.reason = reason
    self.files = files
    self.removes = removes
  }

  /// Whether it is the tree as it stands.
  package var isUnchanged: Bool { files == nil && removes.isEmpty }
}
