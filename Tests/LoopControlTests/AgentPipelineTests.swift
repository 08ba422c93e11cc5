import Digests
import FoundationEssentials
import Harness
import Ledger
import LoopControl
import Testing
import Workspace

@Suite("Agents in a loop") struct AgentPipelineTests {
  private func project(_ agent: String, iterations: Int = 1, gate: String = "grep -q done src/a.txt") throws -> Project
  {
    try Project(
      ["src/a.txt": "a\n"],
      harness: """
        name: agents
        surface: {editable: ["src/**"]}
        scorers:
          - {name: gate, kind: exit-code, role: gate, run: \(gate)}
        \(agent)
        loop: {strategy: retry, stop: {iterations: \(iterations)}}
        """)
  }

  @Test("a step sees what the steps before it wrote and said, and each has its record") func pipeline() throws {
    let (summary, tries, ledger) = try project(
      """
      agent:
        - {name: plan, kind: command, run: "echo first > plan.txt; echo add a word"}
        - {name: do, kind: command, run: "cat > prompt.txt; grep -q 'add a word' prompt.txt && cat plan.txt && echo done >> src/a.txt; rm plan.txt prompt.txt; echo did it"}
      """
    ).loop()
    #expect(summary.passes)
    #expect(tries.map(\.note) == ["did it"])
    let steps = try ledger.steps(loop: summary.loop, iteration: 1)
    #expect(steps.map(\.name) == ["plan", "do"])
    #expect(steps.map(\.outcome) == ["finished", "finished"])
    #expect(steps.allSatisfy { $0.trace != nil && $0.seconds > 0 })
  }

  @Test("what an agent leaves behind that can't be accepted is not stored") func litter() throws {
    let project = try Project(
      ["src/a.txt": "a\n", "fixed.txt": "1\n", ".gitignore": "*.o\n"],
      harness: """
        name: litter
        surface: {editable: ["src/**"], outside: drop}
        scorers:
          - {name: gate, kind: exit-code, role: gate, run: grep -q done src/a.txt}
        agent:
          kind: command
          run: echo done >> src/a.txt; for f in src/x.o beside.txt; do seq 100000 > $f; echo $f >> $f; done
        loop: {strategy: retry, stop: {iterations: 1}}
        """)
    try project.shell("git init -q .")
    let (summary, tries, _) = try project.loop()
    #expect(summary.passes)
    #expect(tries.map(\.verdict) == [.kept])
    let store = try project.bench().store
    for name in ["src/x.o", "beside.txt"] {
      let text = (1...100_000).map { "\($0)\n" }.joined() + "\(name)\n"
      #expect(!store.contains(Digest(of: text.utf8)), "\(name)")
    }
    #expect(store.contains(Digest(of: "a\ndone\n".utf8)))
  }

  @Test("a step that fails ends the iteration with its name; later steps don't run") func failingStep() throws {
    let (summary, tries, ledger) = try project(
      """
      agent:
        - {name: plan, kind: command, run: "echo no idea >&2; exit 3"}
        - {name: do, kind: command, run: "echo done >> src/a.txt"}
      """
    ).loop()
    #expect(!summary.passes)
    #expect(tries.first?.reason.contains("the step 'plan' failed: exit code 3") == true, "\(tries)")
    #expect(tries.first?.reason.contains("no idea") == true)
    #expect(try ledger.steps(loop: summary.loop, iteration: 1).map(\.name) == ["plan"])
  }

  @Test("an account's limit is waited for, and is no try") func usageLimit() throws {
    let until = Date().timeIntervalSince1970 + 2
    let (summary, tries, ledger) = try project(
      """
      agent:
        kind: command
        protocol: json
        run:
          - python3
          - -c
          - |
            import json, sys, time
            asked = json.load(sys.stdin)
            assert "src/**" in asked["prompt"]
            if time.time() < \(until):
                print(json.dumps({"type": "result", "outcome": "usage_limit", "text": "come back", "until": \(until)}))
            else:
                open("src/a.txt", "a").write("done\\n")
                print(json.dumps({"type": "usage", "input": 7, "output": 2}))
                print(json.dumps({"type": "result", "outcome": "finished", "text": "did it"}))
      """
    ).loop()
    #expect(summary.passes)
    #expect(summary.tries == 1)
    #expect(tries.map(\.note) == ["did it"])
    let waited = try ledger.events(loop: summary.loop, [.limited])
    #expect(waited.count >= 1)
    #expect(waited.first?.detail?.contains("come back") == true)
    let steps = try ledger.steps(loop: summary.loop, iteration: 1)
    #expect(steps.count == waited.count + 1)
    #expect(steps.last?.inputTokens == 7)
  }

  @Test("an agent without access ends the loop, and says so") func noAccess() throws {
    let project = try project(
      #"""
      agent:
        kind: command
        protocol: json
        run: [printf, '{"type": "result", "outcome": "authentication", "text": "key expired"}\n']
      """#)
    let error = #expect(throws: (any Error).self) { try project.loop() }
    #expect("\(error.map { "\($0)" } ?? "")".contains("key expired"))
  }

  @Test("a continued context keeps the home and the last words until its checkpoint") func continued() throws {
    let (_, tries, _) = try project(
      """
      agent:
        kind: command
        context: continued
        checkpoint: 3
        run: "n=$(cat ~/n 2>/dev/null || echo 0); n=$((n+1)); echo $n > ~/n; grep -c 'word 1' /prompt/prompt.txt; echo $n >> src/a.txt; echo word $n"
      """, iterations: 4, gate: "false"
    ).loop()
    #expect(tries.map(\.note) == ["word 1", "word 2", "word 3", "word 1"])
  }

  @Test("a clean context has a new home each time") func clean() throws {
    let (_, tries, _) = try project(
      """
      agent: {kind: command, run: "ls -A ~ | wc -l; echo x > ~/left; echo x >> src/a.txt; echo $(ls -A ~ | wc -l)"}
      """, iterations: 2, gate: "false"
    ).loop()
    #expect(tries.map(\.note) == ["1", "1"])
  }

  @Test("a step reaches no host but those that it names, and each request is in the log") func hosts() throws {
    let script = """
      import socket, sys
      def ask(text):
          s = socket.create_connection(('127.0.0.1', 3128), timeout=20)
          s.sendall(text.encode())
          return s.recv(100).decode().split('\\r')[0]
      refused = ask('CONNECT other.org:443 HTTP/1.1\\r\\nHost: other.org\\r\\n\\r\\n')
      private = ask('CONNECT 127.0.0.1:22 HTTP/1.1\\r\\nHost: 127.0.0.1\\r\\n\\r\\n')
      sys.exit(0 if '403' in refused and '403' in private else 1)
      """
    let project = try project(
      "agent: {kind: command, run: 'python3 ask.py && echo done >> src/a.txt', network: [api.example.com]}")
    try project.write("ask.py", script)
    let (summary, tries, ledger) = try project.loop()
    #expect(summary.passes, "\(tries)")
    let log = try project.shell("cat ../state/belljar/*/network.jsonl")
    let text = String(decoding: log.stdout, as: UTF8.self)
    #expect(text.contains("\"host\": \"other.org\""))
    #expect(text.contains("refused"))
    #expect(try ledger.steps(loop: summary.loop, iteration: 1).count == 1)
  }

  @Test("what a scorer's run writes to its out folder counts against the disk budget") func outFolder() throws {
    let (summary, _, ledger) = try project(
      "agent: {kind: command, run: echo done >> src/a.txt}",
      gate:
        "{run: [sh, -c, 'i=0; while :; do i=$((i+1)); head -c 10M /dev/zero > /out/$i || exit 1; done'], budget: {disk: 50 MB, wall: 20 s}}"
    ).loop()
    let baseline = try #require(try ledger.iteration(loop: summary.loop, number: 0))
    #expect(baseline.runs.map(\.outcome) == ["diskBudget"])
  }
}
