import Harness
import Ledger
import LoopControl
import Testing
import Workspace

/// The size that a harness allows its loop's record.
@Suite("The state folder's limit") struct StateLimitTests {
  /// Each try writes 200 KB that no other has, and the 8th makes the number smaller.
  private func project() throws -> Project {
    try Project(
      ["src/n": "9\n", "src/noise": "\n"],
      harness: """
        name: full
        surface: {editable: ["src/**"]}
        scorers:
          - name: number
            kind: command
            role: objective
            direction: minimize
            deterministic: true
            run: cp src/n "$BELLJAR_OUT/n"
            score: cat "$BELLJAR_OUT/n"
        agent:
          kind: command
          run: head -c 200000 /dev/urandom > src/noise; if [ $(grep -c '^- try' "$BELLJAR_PROMPT") = 7 ]; then echo 8 > src/n; fi
        loop: {strategy: optimize, stop: {iterations: 12}, disk: 1 MB}
        """)
  }

  private func run(_ project: Project, grace: Int) throws -> (summary: LoopSummary, dropped: [Int], ledger: Ledger) {
    let bench = try project.bench()
    let ledger = try Ledger(path: bench.state.ledger)
    var dropped: [Int] = []
    let runner = LoopRunner(
      bench: bench, ledger: ledger, seed: 1
    ) { if case .madeRoom(let count) = $0 { dropped.append(count) } }
    runner.stateLimit.interval = 0
    runner.stateLimit.grace = grace
    return (try runner.run(), dropped, ledger)
  }

  @Test("contents of what was not kept go, with a tombstone; what was kept stays, and the chain holds")
  func makesRoom() throws {
    // One second: what was written in this very one is not swept.
    let (summary, dropped, ledger) = try run(project(), grace: -1)
    #expect(summary.end == .iterations && summary.tries == 12)
    #expect(summary.champion == 8)
    #expect(!dropped.isEmpty)
    #expect(!(try ledger.events(loop: summary.loop, [.removed])).isEmpty)
    #expect(try ledger.verifyChain(loop: summary.loop).isIntact)
  }

  @Test("a loop that can make no room ends, and says so") func ends() throws {
    let (summary, _, _) = try run(project(), grace: 3600)
    #expect(summary.end == .disk)
    #expect(summary.tries < 12)
  }
}
