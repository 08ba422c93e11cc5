import Ledger
import LoopControl
import Testing

/// Rows about candidates that change nothing, again and again. The statistics are held by NullLoopTests on thousands of loops.
@Suite("Cheats: nothing, again and again") struct NullTests {
  @Test("O2: of 50 identical candidates in a row none is kept")
  func nullLoop() throws {
    try CheatTable.telling {
      let project = try CheatProject("sealed", agent: ["same-size"]) {
        $0.replacing("iterations: 6", with: "iterations: 50")
      }
      let ended = try project.loop()
      #expect(ended.summary.tries == 50)
      #expect(ended.summary.kept == 0)
      #expect(ended.tries.allSatisfy { $0.verdict == .discarded && $0.reason.hasPrefix("same") })
      return "50 tries, \(ended.summary.kept) kept"
    }
  }

  /// The noise is drawn from the pair's seed and the candidate's own, so that this test always has the same luck.
  @Test("O2: of candidates that change only their own seed, on a noisy score, none is kept")
  func seedsOnly() throws {
    try CheatTable.telling {
      let ended = try CheatProject("noisy", agent: ["own-seed"]).loop()
      #expect(ended.summary.tries == 6)
      #expect(ended.summary.kept == 0, "\(ended.tries.map(\.reason))")
      return "6 tries, \(ended.summary.kept) kept"
    }
  }
}
