internal import Scoring
internal import Workspace

/// What decided a score: the step, and as far as they are known the test, the file and the line.
package struct DecidedBy: Sendable, Hashable {
  /// `build`, or a scorer's name with `.run` or `.score`.
  package var step: String
  /// The test whose end decided.
  package var test: String?
  package var place: SourcePlace?
  /// What was said there, in the words of the step or of Belljar. Data from the candidate.
  package var words: String

  package init(step: String, test: String? = nil, place: SourcePlace? = nil, words: String) {
    self.step = step
    self.test = test
    self.place = place
    self.words = words
  }
}

extension Workbench {
  /// What decided, with the first file and line that any of the texts names.
  package func decided(
    by step: String, test: String? = nil, words: String, texts: [String] = [], _ specimen: Specimen
  ) -> DecidedBy {
    let place = ([words] + texts).lazy.compactMap {
      SourcePlace.find(in: $0, tree: specimen.tree, root: self.root)
    }.first
    return DecidedBy(step: step, test: test, place: place, words: words)
  }

  /// The test that decided a run of tests: the first that failed or, with none, the first that had to run and did not.
  func decidingTest(
    _ scorer: HarnessScorer, _ report: TestReport, _ verdict: TestVerdict
  ) -> (name: String, words: String)? {
    guard !verdict.passed else { return nil }
    let unstable = pinned[scorer.name]?.unstable ?? []
    let held = (pinned[scorer.name]?.names ?? []).subtracting(unstable).union(scorer.required)
    func counts(_ test: TestCase) -> Bool { !unstable.contains(test.name) || held.contains(test.name) }
    for test in report.cases where counts(test) && [.failed, .errored].contains(test.outcome) {
      return (test.name, test.message.isEmpty ? test.outcome.rawValue : test.message)
    }
    for test in report.cases where held.contains(test.name) && [.flaky, .skipped].contains(test.outcome) {
      return (test.name, test.outcome == .flaky ? "passed only when tried again" : "was skipped")
    }
    return held.subtracting(report.cases.map(\.name)).min().map { ($0, "did not run") }
  }
}
