internal import Scoring

extension Workbench {
  /// What `prepare` writes under a seed: each file's name with its digest. Nil without `prepare`.
  package func inputFiles(of scorer: HarnessScorer, seed: UInt64) throws -> [String]? {
    guard let input = try prepare(scorer, seed: seed) else { return nil }
    defer { release(input: input) }
    return try OutputFolder.digests(input).map { "\($0.name) \($0.digest)" }
  }
}

extension ScorerOutcome {
  /// What two runs under one seed must agree on, in words. The times and names of places in an explanation may differ.
  package var answerText: String {
    let numbers = ([value.map { "\($0)" } ?? ""] + metrics.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" })
      .filter { !$0.isEmpty }
    guard passed == false, value == nil else { return numbers.joined(separator: ", ") }
    return "rejected"
  }
}
