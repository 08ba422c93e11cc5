import Harness
import Ledger
import LoopControl
import Sandbox
import Testing
import Workspace

/// The size that a harness allows its loop's record.
@Suite("The state folder's limit") struct StateLimitTests {
  /// Each try writes 200 KB that no other has, and the 8th makes the number smaller.
  private func project(_ population: String = "") throws -> Project {
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
        loop: {strategy: optimize, stop: {iterations: 12}, disk: 1 MB\(population)}
        """)
  }

  private func run(
    _ project: Project, grace: Int, resuming loop: LoopRecord? = nil, cutAt cut: Int = .max
  ) throws -> (summary: LoopSummary, dropped: [Int], ledger: Ledger) {
    let bench = try project.bench(of: loop)
    let ledger = try Ledger(path: bench.state.ledger)
    var dropped: [Int] = []
    let runner = LoopRunner(
      bench: bench, ledger: ledger, seed: 1, resuming: loop
    ) { event in
      if case .madeRoom(let count) = event { dropped.append(count) }
      if case .finished(let summary) = event, summary.number == cut { bench.cancellation.cancel() }
    }
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

  @Test("a population whose earlier members made room goes on after it was cut short")
  func resumes() throws {
    let project = try project(", population: {size: 2, migration: 50}")
    let (first, dropped, ledger) = try run(project, grace: -1, cutAt: 10)
    #expect(first.end == .cancelled && !dropped.isEmpty)
    let (second, _, _) = try run(project, grace: -1, resuming: try ledger.loop(first.loop))
    #expect(second.end == .iterations && second.tries == 12)
  }

  @Test("a loop that can make no room ends, and says so") func ends() throws {
    let (summary, _, _) = try run(project(), grace: 3600)
    #expect(summary.end == .disk)
    #expect(summary.tries < 12)
  }
}
