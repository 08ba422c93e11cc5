import Agents
import Digests
import FoundationEssentials
import Glibc
import Harness
import Ledger
import Testing
import Workspace

@Suite("What agents did, from the record") struct TraceCommandTests {
  /// A recorded loop of a baseline and three tries: of two steps, of one that changed nothing, and without an agent.
  private func recorded() throws -> Program {
    let program = try Program(ScriptedLoop.files)
    let state = try program.state()
    let store = try ObjectStore(root: state.path)
    let ledger = try Ledger(path: state.ledger)
    let loop = try ledger.createLoop(
      LoopStart(
        name: "traced", checkout: program.project, harnessPath: "\(program.project)/belljar.yaml",
        harnessText: "name: traced\n", harnessDigest: Digest(of: "name: traced\n".utf8), strategy: "optimize",
        agent: "claude", seed: "7", baselineTree: try Tree().put(in: store), started: 1_700_000_000_000))
    func finish(_ verdict: Verdict, _ steps: [AgentStepRecord]) throws {
      let number = try ledger.beginIteration(loop: loop, parent: 0, started: 1_700_000_000_000)
      try ledger.finishIteration(
        loop: loop, number: number, IterationResult(verdict: verdict, reason: "because", ended: 1, seconds: 1),
        runs: [], scores: [], championMoves: verdict == .kept, steps: steps)
    }
    let plan = [
      TraceEvent(.message, seconds: 0.5, text: "I plan to write one.\nThen two."),
      TraceEvent(.usage, seconds: 1, tokens: TokenCount(input: 10, output: 5)),
    ]
    let implement = [
      TraceEvent(.toolCall, seconds: 2.25, text: "{\"command\": \"make \u{1B}[2J\"}", name: "Bash", id: "t"),
      TraceEvent(.toolResult, seconds: 3, text: "Error: no rule", id: "t", isFailure: true),
    ]
    func step(_ name: String, _ events: [TraceEvent], _ cost: Int64?) throws -> AgentStepRecord {
      AgentStepRecord(
        name: name, kind: "claude", model: "m-1", outcome: "finished",
        trace: try store.put(TraceRecord(events).stored()),
        seconds: 3, picodollars: cost, inputTokens: 10, cachedTokens: 0, outputTokens: 5, requests: 1)
    }
    try finish(.kept, [])
    try finish(.invalid, [step("plan", plan, 250_000_000_000), step("implement", implement, nil)])
    try finish(.discarded, [step("plan", Array(plan.prefix(1)), 100_000_000_000)])
    try finish(.invalid, [AgentStepRecord(kind: "command", outcome: "exited 7", seconds: 0.25)])
    try ledger.record(EventRecord(.ended, at: 5, detail: "iterations"), loop: loop)
    return program
  }

  @Test("show lists the steps; with --trace it shows what they did") func show() throws {
    let program = try recorded()
    let steps = try program.run(["show", "1"]).output
    #expect(steps.contains("  cost       0.2500 USD at least (1 of 2 steps unknown); 20 in, 10 out; 2 requests\n"))
    #expect(steps.contains("\n  plan       claude  m-1    3.00 s  10 in, 5 out  0.2500 USD  finished\n"))
    #expect(steps.contains("\n  implement  claude  m-1    3.00 s  10 in, 5 out  -           finished\n"))
    let all = try program.run(["show", "1", "--trace"])
    #expect(all.status == 0)
    #expect(all.output.contains("    0.5  message   I plan to write one.\n                   Then two.\n"))
    #expect(all.output.contains("    2.3  tool      Bash  {\"command\": \"make \\x1b[2J\"}\n"))
    #expect(all.output.contains("    3.0  failed    Error: no rule\n"))
    #expect(!all.output.contains("\u{1B}"))
    let one = try program.run(["show", "1", "--trace", "--step", "plan"]).output
    #expect(one.contains("I plan"))
    #expect(!one.contains("no rule"))
    #expect(try program.run(["show", "3", "--trace"]).output.contains("no trace was kept of it"))
    #expect(
      try program.run(["show", "1", "--trace", "--step", "x"]).error
        == "try 1 has no step 'x'; it has plan, implement\n")
    #expect(try program.run(["show", "0", "--trace"]).error == "try 0 has no agent's steps\n")
    #expect(try program.run(["show", "1", "--full"]).status == 64)
    let lines = try program.run(["show", "1", "--trace", "--format", "json"]).output.split(separator: "\n")
    try #require(lines.count == 4)
    #expect(
      lines[1]
        == "{\"step\": \"plan\", \"kind\": \"usage\", \"seconds\": 1.0, \"input\": 10, \"cached\": 0, \"output\": 5}")
  }

  @Test("trace grep prints what it finds and where, and exits as grep does") func grep() throws {
    let program = try recorded()
    func grep(_ words: String...) throws -> (status: Int32, output: String, error: String) {
      try program.run(["trace", "grep"] + words)
    }
    let found = try grep("^I plan")
    #expect(found.status == 0)
    #expect(found.output == "1:plan:0.5 message: I plan to write one.\n2:plan:0.5 message: I plan to write one.\n")
    #expect(try grep("I plan", "-n", "1").output == "1:plan:0.5 message: I plan to write one.\n")
    #expect(try grep("Bash .*make").output == "1:implement:2.3 tool_call: Bash {\"command\": \"make \\x1b[2J\"}\n")
    #expect(try grep("error:").status == 1)
    #expect(try grep("error:", "--ignore-case", "--loop", "traced").output.hasPrefix("1:implement:3.0 tool_result: "))
    #expect(try grep("no.rule", "--fixed").status == 1)
    #expect(try grep("nothing like it").output == "")
    #expect(try grep("a(").error.contains("the pattern can't be read: the '(' at character 2 has no ')'"))
    // One that can't be read is named, and the others are searched.
    let state = try program.state()
    let store = try ObjectStore(root: state.path)
    var place: Digest?
    try Ledger(path: state.ledger).eachTrace(loop: 1, iteration: 1) { place = place ?? $0.trace }
    unlink(store.path(try #require(place)))
    let broken = try grep("plan")
    #expect(broken.status == 2)
    #expect(broken.output.hasPrefix("2:plan:0.5"))
    #expect(broken.error.contains("try 1, step 'plan'"))
  }

  @Test("costs and tokens are in status, log and export") func exports() throws {
    let program = try recorded()
    let status = try program.run(["status"]).output
    #expect(status.contains("\ncost       0.3500 USD at least (2 of 4 steps unknown); 30 in, 15 out; 3 requests\n"))
    let log = try program.run(["log"]).output
    #expect(log.contains("SECONDS  COST        NOTE\n"))
    #expect(log.contains("  0.2500 USD  because\n"))
    let csv = try program.run(["export", "--format", "csv"]).output.split(separator: "\r\n")
    try #require(csv.count == 5)
    #expect(csv[0].hasSuffix(",hash,cost_usd,input_tokens,cached_tokens,output_tokens"))
    #expect(csv[1].hasSuffix(",,,,"))
    #expect(csv[2].hasSuffix(",0.25,20,0,10"))
    let lines = try program.run(["export"]).output
    #expect(lines.contains("\"cost_usd\": 0.25, \"input_tokens\": 20, \"cached_tokens\": 0, \"output_tokens\": 10"))
    #expect(lines.contains("\"steps\": [{\"step\": \"plan\", \"kind\": \"claude\", \"model\": \"m-1\", \"outcome\": "))
  }

  @Test("verify finds a trace that was changed or removed; gc drops those of what was not kept, with a tombstone")
  func contents() throws {
    let program = try recorded()
    let state = try program.state()
    let store = try ObjectStore(root: state.path)
    var traces: [Digest] = []
    try Ledger(path: state.ledger).eachTrace(loop: 1) { traces.append($0.trace) }
    #expect(traces.count == 3)
    for trace in traces {
      let path = store.path(trace)
      let bytes = try Data(contentsOf: URL(filePath: path))
      unlink(path)
      let missing = try program.run(["verify"])
      #expect(missing.status == 1)
      #expect(missing.error.contains("the trace of '"))
      try Data(bytes.reversed()).write(to: URL(filePath: path))
      #expect(try program.run(["verify"]).error.contains("was changed"))
      unlink(path)
      try bytes.write(to: URL(filePath: path))
    }
    usleep(1_100_000)
    #expect(try program.run(["gc", "--grace", "0"]).status == 0)
    #expect(traces.allSatisfy { store.contains($0) })
    let removed = try program.run(["gc", "--discarded", "--grace", "0"])
    #expect(removed.output.contains("removed the contents of 2 tries of loop 1"), "\(removed)")
    #expect(traces.allSatisfy { !store.contains($0) })
    #expect(try program.run(["verify"]).status == 0)
    #expect(try program.run(["show", "1", "--trace"]).output.contains("its trace was removed by `belljar gc`"))
    #expect(try program.run(["trace", "grep", "plan"]).status == 1)
    #expect(try program.run(["gc", "--discarded", "--grace", "0"]).output.hasPrefix("removed 0 objects"))
  }
}
