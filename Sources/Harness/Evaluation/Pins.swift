internal import Scoring

extension HarnessScorer {
  /// The tests to hold later, from the baseline's two runs.
  ///
  /// Those that failed are held too: a loop may be there to repair them. Where `fail_to_pass` says which it is there for, the
  /// others that fail decide nothing.
  ///
  /// - Throws: `.invalid` where the harness's own lists aren't true of the baseline.
  func pins(_ first: [String: TestOutcome], _ second: [String: TestOutcome]) throws -> PinnedTests {
    let known = Set(first.keys).union(second.keys)
    guard !known.isEmpty else { return PinnedTests(names: [], unstable: []) }
    let passing = known.filter { first[$0] == .passed && second[$0] == .passed }
    try hold("fail_to_pass", Set(failToPass ?? []).intersection(passing), "pass")
    try hold("pass_to_pass", Set(passToPass ?? []).subtracting(passing), "don't pass")
    var unstable = known.filter { first[$0] != second[$0] }
    if let failToPass {
      unstable.formUnion(known.subtracting(passing))
      unstable.subtract(failToPass)
    }
    return PinnedTests(
      names: known.filter { (first[$0] ?? .skipped) != .skipped || (second[$0] ?? .skipped) != .skipped },
      unstable: unstable)
  }

  private func hold(_ key: String, _ wrong: Set<String>, _ what: String) throws {
    guard !wrong.isEmpty else { return }
    let shown = wrong.sorted().prefix(10).joined(separator: ", ") + (wrong.count > 10 ? " and others" : "")
    throw EvaluationFault.invalid("\(name): \(key) names tests that \(what) on the baseline: \(shown)")
  }
}
