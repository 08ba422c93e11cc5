import Digests
import Harness
import Ledger
import LoopControl
import Sandbox
import Testing
import Workspace

@Suite("A resumed loop") struct ResumeTests {
  /// A search over one knob, with a test report whose names are pinned on the baseline.
  private func project(population: String = "") throws -> Project {
    try Project(
      [
        "src/a.c": "// belljar: knob N {1, 2, 3, 4, 5, 6, 7, 8}\n#define N 8\n",
        "tests.sh": """
        #!/bin/sh
        echo 1..2
        echo ok 1 - alpha
        # The second test is gone where N is 3: only who knows the baseline's names sees it.
        if grep -q 'N 3$' src/a.c; then echo ok 2 - other; else echo ok 2 - beta; fi

        """,
      ],
      harness: """
        name: knob
        surface: {editable: ["src/**"]}
        scorers:
          - {name: tests, kind: tests, role: gate, report: tap, run: ./tests.sh}
          - name: number
            kind: command
            role: objective
            direction: minimize
            deterministic: true
            run: sed -n 's/#define N //p' src/a.c > "$BELLJAR_OUT/n"
            score: cat "$BELLJAR_OUT/n"
        agent: {kind: tune}
        loop: {strategy: optimize, recheck: 2, stop: {iterations: 8}\(population)}
        """)
  }

  private func story(_ ledger: Ledger, _ loop: Int64) throws -> [String] {
    var lines: [String] = []
    try ledger.eachDetail(loop: loop) { detail in
      let (row, result) = (detail.iteration, detail.iteration.result)
      let standing = result?.standing ?? Standing()
      lines.append(
        "\(row.number) \(row.parent ?? -1) \(result?.verdict.rawValue ?? "-") \(result?.reason ?? "") "
          + "\(result?.edit ?? "") \(result?.objective ?? 0) \(result?.ratio ?? 0) \(row.championMoved) "
          + "\(standing.tries) \(standing.kept) \(standing.stale) \(standing.failures) \(standing.gain) "
          + detail.scores.map { "\($0.scorer) \($0.value ?? 0) \($0.explanation ?? "")" }.joined(separator: ","))
    }
    return lines
  }

  /// Runs a loop, or goes on with one, until the event that it is to be cut short at.
  private func run(
    _ project: Project, resuming loop: LoopRecord? = nil, cutAt: @escaping (LoopEvent) -> Bool = { _ in false }
  ) throws -> (summary: LoopSummary, ledger: Ledger) {
    let bench = try project.bench(of: loop)
    let ledger = try Ledger(path: bench.state.ledger)
    let runner = LoopRunner(
      bench: bench, ledger: ledger, seed: 5, resuming: loop,
      tell: { if cutAt($0) { bench.cancellation.cancel() } })
    return (try runner.run(), ledger)
  }

  @Test(
    "a search goes on as if it had never stopped, wherever it was cut short", arguments: [0, 1, 2, 4, 6],
    ["", ", population: {size: 4, migration: 3}"])
  func search(cut: Int, population: String) throws {
    let undisturbed = try project(population: population)
    let (whole, record) = try run(undisturbed)
    let expected = try story(record, whole.loop)
    #expect(expected.contains { $0.contains("rejected gate tests failed") && $0.contains("N=3") }, "\(expected)")
    for isAtBegin in [true, false] {
      let project = try project(population: population)
      let (first, ledger) = try run(project) { event in
        switch event {
        case .trying(let number, _): isAtBegin && number == cut
        case .finished(let summary): !isAtBegin && summary.number == cut
        case .baseline: cut == 0
        default: false
        }
      }
      #expect(first.end == .cancelled)
      let loop = try #require(try ledger.loop(first.loop))
      let (second, _) = try run(project, resuming: loop)
      #expect(second.loop == first.loop)
      #expect(second.champion == whole.champion)
      #expect(second.end == whole.end)
      #expect(try story(ledger, second.loop) == expected, "cut at \(cut)")
      #expect(try ledger.verifyChain(loop: second.loop).isIntact)
    }
  }

  @Test("what it is about is what it was when it began, whatever has become of the checkout") func frozen() throws {
    let project = try project()
    let (first, ledger) = try run(project) { if case .finished(let each) = $0 { each.number == 2 } else { false } }
    try project.write("src/a.c", "#define N 999\n")
    let loop = try #require(try ledger.loop(first.loop))
    let (second, _) = try run(project, resuming: loop)
    #expect(second.end != .cancelled)
    #expect(try ledger.iteration(loop: second.loop, number: second.champion)?.iteration.result?.objective == 1)
  }
}
