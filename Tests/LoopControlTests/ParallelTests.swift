import Digests
import Glibc
import Harness
import Ledger
import LoopControl
import Sandbox
import Testing
import Workspace

@Suite("Tries side by side") struct ParallelTests {
  /// Sums what two files hold; smaller is better.
  static let sum = """
      - name: sum
        kind: command
        role: objective
        direction: minimize
        deterministic: true
        run: 'date +%s.%N; cat a b > "$BELLJAR_OUT/n"; date +%s.%N'
        score: awk '{ s += $1 } END { print s }' "$BELLJAR_OUT/n"
    """
  static let gate = """
      - {name: positive, kind: exit-code, role: gate, run: 'date +%s.%N; test $(cat a) -gt 0; x=$?; date +%s.%N; exit $x'}

    """
  /// Which try it is: of a round the prompt says so, else it is one more than the last that is told of.
  static let number = """
    try=$(sed -n 's/^This is try \\([0-9]*\\)\\..*/\\1/p' "$BELLJAR_PROMPT")
    [ "$try" ] || try=$(( $(sed -n 's/^- try \\([0-9]*\\):.*/\\1/p' "$BELLJAR_PROMPT" | tail -1) + 1 ))

    """

  static func project(
    _ agent: String, parallel: Int, loop: String = "stop: {iterations: 4}", gate: String = gate, scorers: String = sum
  ) throws -> Project {
    try Project(
      ["a": "100\n", "b": "100\n", "agent.sh": "#!/bin/sh\n\(number)\(agent)\n"],
      harness: """
        name: parallel
        surface: {editable: [a, b]}
        scorers:
        \(gate)\(scorers)
        agent: {kind: command, run: ./agent.sh}
        loop: {parallel: \(parallel), \(loop)}
        """)
  }

  private func text(_ path: String, of number: Int, _ run: (summary: LoopSummary, bench: Workbench, ledger: Ledger))
    throws -> String?
  {
    let row = try #require(try run.ledger.iteration(loop: run.summary.loop, number: number)?.iteration)
    let changes = try row.result?.candidate.map { try Changes(serialized: run.bench.store.read($0)) } ?? Changes()
    guard let path = TreePath(path), case .file(let digest, _, _)? = run.bench.base.applying(changes)[path]?.kind else {
      return nil
    }
    return String(decoding: try run.bench.store.read(digest), as: UTF8.self)
  }

  /// Runs a project's loop, or goes on with it, until the event that it is to be cut short at.
  private func run(
    _ project: Project, resuming loop: LoopRecord? = nil, cutAt: @escaping (LoopEvent) -> Bool = { _ in false }
  ) throws -> (summary: LoopSummary, bench: Workbench, ledger: Ledger) {
    let bench = try project.bench(of: loop)
    let ledger = try Ledger(path: bench.state.ledger)
    let runner = LoopRunner(bench: bench, ledger: ledger, seed: 5, resuming: loop) { event in
      if cutAt(event) { bench.cancellation.cancel() }
    }
    return (try runner.run(), bench, ledger)
  }

  @Test("four agents take about as long as one")
  func sideBySide() throws {
    let project = try Self.project("sleep 2; echo $((100 + try)) > a", parallel: 4)
    let (summary, tries, ledger) = try project.loop()
    #expect(tries.map(\.number) == [1, 2, 3, 4])
    #expect(tries.allSatisfy { $0.seconds >= 2 })
    #expect(summary.seconds < 8, "one after the other they would take 8 s at the least")
    #expect(try ledger.events(loop: summary.loop, [.round]).map(\.detail) == ["tries 1-4 from 0"])
    #expect(try ledger.verifyChain(loop: summary.loop).isIntact)
  }

  /// From when to when a run lasted, by its own clock.
  private struct Span {
    let name: String
    let begin: Double
    let end: Double

    init?(_ name: String, _ output: String) {
      let times = output.split(separator: "\n").compactMap { Double($0) }
      guard times.count == 2 else { return nil }
      (self.name, begin, end) = (name, times[0], times[1])
    }

    func meets(_ other: Span) -> Bool { begin < other.end && other.begin < end }
  }

  @Test("nothing of the loop runs beside a measurement; agents and gates run beside each other")
  func alone() throws {
    let project = try Self.project(
      "date +%s.%N; sleep 0.$((9 - try)); echo $((100 - try)) > $([ $((try % 2)) = 0 ] && echo a || echo b); date +%s.%N",
      parallel: 3, loop: "stop: {iterations: 6}")
    let (summary, _, ledger) = try project.loop()
    var measured: [Span] = []
    var others: [Span] = []
    try ledger.eachDetail(loop: summary.loop) { detail in
      for run in detail.runs where detail.iteration.number > 0 {
        guard let span = Span("\(detail.iteration.number) \(run.step)", run.stdoutTail) else { continue }
        if run.step == "sum.run" { measured.append(span) } else { others.append(span) }
      }
    }
    #expect(measured.count > 10 && others.filter { $0.name.hasSuffix("agent") }.count == 6)
    for (index, span) in measured.enumerated() {
      let beside = (others + measured.dropFirst(index + 1)).filter(span.meets).map(\.name)
      #expect(beside == [], "beside \(span.name)")
    }
    let agents = others.filter { $0.name.hasSuffix("agent") }
    #expect(agents.indices.contains { index in agents.dropFirst(index + 1).contains(where: agents[index].meets) })
  }

  @Test("with the same proposals, none of them kept, the record is that of one try after the other")
  func asInSequence() throws {
    let agent = """
      case $try in
        1) echo 103 > a ;;
        2) echo -5 > a ;;
        3) exit 7 ;;
        4) : ;;
        5) echo x > c ;;
        6) echo 101 > b ;;
      esac
      echo "this was $try"
      """
    var stories: [[String]] = []
    for parallel in [1, 4] {
      let project = try Self.project(
        agent, parallel: parallel, loop: "stop: {iterations: 5}",
        gate: "  - {name: positive, kind: exit-code, role: gate, run: 'test $(cat a) -gt 0'}\n")
      let (summary, bench, ledger) = try run(project)
      var story: [String] = []
      try ledger.eachDetail(loop: summary.loop) { detail in
        let (row, result) = (detail.iteration, detail.iteration.result)
        let paths = try result?.candidate.map { try Changes(serialized: bench.store.read($0)).paths } ?? []
        story.append(
          "\(row.number) \(row.parent ?? -1) \(result?.verdict.rawValue ?? "") \(result?.reason ?? "") "
            + "\(result?.note ?? "") \(result?.objective ?? 0) \(paths) \(result?.standing.tries ?? 0) "
            + detail.scores.map { "\($0.scorer) \($0.value ?? -1)" }.joined(separator: ", "))
      }
      stories.append(story + ["\(summary.end) \(summary.champion)"])
    }
    #expect(stories[0].count == 8)
    #expect(stories[0] == stories[1])
  }

  @Test("a try that changes other files is laid on one of its round that was kept")
  func disjoint() throws {
    let agent = "case $try in 1) echo 90 > a ;; 2) echo 80 > b ;; 3) echo 110 > b ;; 4) echo 0 > a ;; esac"
    let project = try Self.project(agent, parallel: 4)
    let result = try run(project)
    let rows = try result.ledger.iterations(loop: result.summary.loop, last: 4)
    #expect(rows.map { $0.result?.verdict } == [.kept, .kept, .discarded, .rejected])
    #expect(rows.map { $0.result?.objective } == [190, 170, 210, nil])
    let reasons = rows.compactMap { $0.result?.reason }
    #expect(reasons[0] == "better: -5.0 %")
    #expect(reasons[1] == "better: -10.5 %; laid on try 1, made beside it")
    #expect(reasons[2].hasSuffix("; not laid on try 2, made beside it: both change b"), "\(reasons[2])")
    #expect(reasons[3].hasPrefix("gate positive failed"))
    #expect(rows.map(\.parent) == [0, 0, 0, 0])
    #expect(try text("a", of: 2, result) == "90\n")
    #expect(try text("b", of: 2, result) == "80\n")
    #expect(result.summary.champion == 2)
    #expect(project.text("a") == "100\n")
    #expect(try result.ledger.verifyChain(loop: result.summary.loop).isIntact)
    // Its gate ran on the new tree once more.
    let second = try #require(try result.ledger.iteration(loop: result.summary.loop, number: 2))
    #expect(second.runs.filter { $0.step == "positive.run" }.count == 2)
  }

  @Test("a try that changes the same file is judged as it is, against the new champion")
  func conflict() throws {
    let agent = "case $try in 1) echo 90 > a ;; 2) echo 80 > a; echo 95 > b ;; 3) echo 85 > a ;; 4) echo 70 > a ;; esac"
    let project = try Self.project(agent, parallel: 4)
    let result = try run(project)
    let rows = try result.ledger.iterations(loop: result.summary.loop, last: 4)
    #expect(rows.map { $0.result?.verdict } == [.kept, .kept, .discarded, .kept])
    #expect(rows.map { $0.result?.objective } == [190, 175, 185, 170])
    #expect(
      rows[1].result?.reason == "better: -7.9 %; not laid on try 1, made beside it: both change a")
    #expect(try text("b", of: 4, result) == "100\n")
    #expect(project.text("a") == "100\n")
  }

  @Test("retry keeps the first of a round that passes, and says so of the others")
  func retry() throws {
    let project = try Self.project(
      "echo $((try * 10)) > a", parallel: 4, loop: "strategy: retry, stop: {iterations: 9}",
      gate: "  - {name: enough, kind: exit-code, role: gate, run: 'test $(cat a) -lt 50 -a $(cat a) -gt 15'}\n",
      scorers: "")
    let (summary, tries, ledger) = try project.loop()
    #expect(summary.end == .passed && summary.champion == 2 && summary.tries == 4)
    #expect(tries.map(\.verdict) == [.rejected, .kept, .discarded, .discarded])
    #expect(tries[2].reason == "try 2, made beside it, passed first")
    #expect(try ledger.verifyChain(loop: summary.loop).isIntact)
  }

  @Test("the iteration limit is not passed, and rounds are cut for it; tries that don't count are made up for")
  func limit() throws {
    let project = try Self.project(
      "[ $try = 2 ] && exit 7; echo 200 > a", parallel: 4, loop: "stop: {iterations: 6}")
    let (summary, tries, ledger) = try project.loop()
    #expect(summary.end == .iterations && summary.tries == 6)
    #expect(tries.count == 7)
    let rounds = try ledger.events(loop: summary.loop, [.round]).compactMap(\.detail)
    #expect(rounds == ["tries 1-4 from 0", "tries 5-7 from 0"])
  }

  @Test("cancelling ends all agents of a round at once, and each begins again")
  func cancelled() throws {
    let project = try Self.project("sleep 3; echo $((100 - try)) > a", parallel: 3, loop: "stop: {iterations: 3}")
    var begun = 0
    let (first, bench, ledger) = try run(project) { event in
      if case .agent(_, _, "begins") = event { begun += 1 }
      return begun == 3
    }
    #expect(first.end == .cancelled)
    #expect(try ledger.unfinished(loop: first.loop).map(\.number) == [1, 2, 3])
    #expect(try ledger.verifyChain(loop: first.loop).isIntact)
    let status = try LoopStatus(
      #require(try ledger.loop(first.loop)), ledger: ledger, folder: bench.state.path)
    #expect(status.underWay.map(\.state) == [.proposing, .proposing, .proposing])
    let loop = try #require(try ledger.loop(first.loop))
    let (second, _, _) = try run(project, resuming: loop)
    #expect(second.tries == 3 && second.champion == 3)
    #expect(try ledger.events(loop: first.loop, [.interrupted]).map(\.iteration) == [1, 2, 3])
    #expect(try ledger.events(loop: first.loop, [.round]).count == 1)
    #expect(try ledger.verifyChain(loop: first.loop).isIntact)
  }

  @Test(
    "a round that was cut short anywhere goes on as if it had not been", arguments: ["", ", population: {size: 8}"])
  func resumed(population: String) throws {
    let agent = """
      file=$([ $((try % 3)) = 0 ] && echo b || echo a)
      echo $(( $(cat $file) - (try * 7) % 5 + 1 )) > $file
      """
    let loop = "stop: {iterations: 8}, recheck: 2\(population)"
    let (whole, _, record) = try run(Self.project(agent, parallel: 3, loop: loop))
    let expected = try story(record, whole.loop)
    #expect(expected.contains { $0.contains("laid on try") }, "\(expected)")
    for cut in [2, 4, 6] {
      for isAtBegin in [true, false] {
        let project = try Self.project(agent, parallel: 3, loop: loop)
        let (first, _, ledger) = try run(project) { event in
          switch event {
          case .trying(let number, _): isAtBegin && number == cut
          case .finished(let summary): !isAtBegin && summary.number == cut
          default: false
          }
        }
        #expect(first.end == .cancelled)
        let recorded = try #require(try ledger.loop(first.loop))
        let (second, _, _) = try run(project, resuming: recorded)
        #expect(second.end == whole.end && second.champion == whole.champion)
        #expect(try story(ledger, second.loop) == expected, "cut at \(cut)")
        #expect(try ledger.verifyChain(loop: second.loop).isIntact)
      }
    }
  }

  private func story(_ ledger: Ledger, _ loop: Int64) throws -> [String] {
    var lines: [String] = []
    try ledger.eachDetail(loop: loop) { detail in
      let (row, result) = (detail.iteration, detail.iteration.result)
      let standing = result?.standing ?? Standing()
      lines.append(
        "\(row.number) \(row.parent ?? -1) \(result?.verdict.rawValue ?? "-") \(result?.reason ?? "") "
          + "\(result?.objective ?? 0) \(result?.ratio ?? 0) \(row.championMoved) \(standing.tries) \(standing.kept) "
          + "\(standing.stale) \(standing.gain) \(Digest(of: (row.prompt ?? "").utf8))")
    }
    return lines + (try ledger.events(loop: loop, [.round]).compactMap(\.detail))
  }

  @Test("an account's limit is waited for by the whole round, and those that are done are not asked again")
  func usageLimit() throws {
    let until = Double(Workbench.now()) / 1e9 + 2
    let project = try Project(
      ["a": "100\n"],
      harness: """
        name: limited
        surface: {editable: [a]}
        scorers:
          - {name: gate, kind: exit-code, role: gate, run: "test $(cat a) -lt 50"}
        agent:
          kind: command
          protocol: json
          run:
            - python3
            - -c
            - |
              import json, re, sys, time
              number = int(re.search(r"This is try (\\d+)", json.load(sys.stdin)["prompt"]).group(1))
              if number != 2 and time.time() < \(until):
                  print(json.dumps({"type": "result", "outcome": "usage_limit", "text": "later", "until": \(until)}))
              else:
                  open("a", "w").write("60\\n")
                  print(json.dumps({"type": "result", "outcome": "finished", "text": "did it"}))
        loop: {strategy: retry, parallel: 3, stop: {iterations: 3}}
        """)
    let (summary, tries, ledger) = try project.loop()
    #expect(tries.map(\.verdict) == [.rejected, .rejected, .rejected])
    let waited = try ledger.events(loop: summary.loop, [.limited])
    #expect(waited.count >= 1)
    let steps = try (1...3).map { try ledger.steps(loop: summary.loop, iteration: $0).count }
    #expect(steps == [waited.count + 1, 1, waited.count + 1])
  }
}
