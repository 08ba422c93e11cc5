import Agents
import Ledger
import Reporting
import Testing

@Suite("Traces for a terminal") struct TraceTextTests {
  private static let events = [
    TraceEvent(.session, seconds: 0.04, name: "claude-x", id: "s-1"),
    TraceEvent(.message, seconds: 0.25, text: "I look.\n\nThen I \u{1B}[31mwrite\u{7}.\n"),
    TraceEvent(.reasoning, seconds: 61.5, text: "why not"),
    TraceEvent(.toolCall, seconds: 1234.56, text: "{\"command\": \"ls\\n\"}\nmore", name: "Bash", id: "t1"),
    TraceEvent(.toolResult, seconds: 1235, text: (1...9).map { "line \($0)\r\n" }.joined(), id: "t1"),
    TraceEvent(.toolResult, seconds: 1236, text: "no such file", id: "t2", isFailure: true),
    TraceEvent(.usage, seconds: 1237, tokens: TokenCount(input: 10, cached: 4, output: 7)),
    TraceEvent(.error, seconds: 1238, text: "overloaded"),
    TraceEvent(.toolCall, seconds: 1239, name: "Stop"),
  ]

  @Test("times, kinds and texts are aligned; results are cut; nothing moves the cursor") func short() {
    let text = Self.events.map { TraceText(colour: false).text($0) }.joined()
    let lines = [
      "    0.0  session   claude-x, session s-1",
      "    0.3  message   I look.",
      "",
      "                   Then I \\x1b[31mwrite\\x7.",
      "   61.5  thinks    why not",
      " 1234.6  tool      Bash  {\"command\": \"ls\\n\"} ...",
      " 1235.0  result    line 1",
      "                   line 2",
      "                   line 3",
      "                   line 4",
      "                   line 5",
      "                   line 6",
      "                   ... 3 more lines; --full shows them",
      " 1236.0  failed    no such file",
      " 1237.0  usage     10 in (4 cached), 7 out",
      " 1238.0  error     overloaded",
      " 1239.0  tool      Stop",
      "",
    ]
    #expect(text == lines.joined(separator: "\n"))
  }

  @Test("with all of it, inputs and results are whole") func full() {
    let text = TraceText(colour: false, full: true)
    #expect(text.text(Self.events[3]) == " 1234.6  tool      Bash  {\"command\": \"ls\\n\"}\n" + indent + "more\n")
    #expect(text.text(Self.events[4]).contains("line 9\n"))
    #expect(!text.text(Self.events[4]).contains("more lines"))
  }

  @Test("colours are only for the kinds") func colour() {
    let text = TraceText(colour: true).text(Self.events[5])
    #expect(text == " 1236.0  \u{1B}[31mfailed    \u{1B}[0mno such file\n")
  }

  @Test("a search gives the lines with their kind, a tool's name with its input, and cuts long ones around the match")
  func search() throws {
    func lines(_ pattern: String, _ event: TraceEvent) throws -> [String] {
      TraceSearch(try TracePattern(pattern)).lines(of: event)
    }
    #expect(try lines("^Then", Self.events[1]) == ["message: Then I \\x1b[31mwrite\\x7."])
    #expect(try lines("^Bash .*ls", Self.events[3]) == ["tool_call: Bash {\"command\": \"ls\\n\"}"])
    #expect(try lines("line [37]$", Self.events[4]).isEmpty)
    #expect(try lines("(xyz)?line (3)", Self.events[4]) == ["tool_result: line 3\\xd"])
    #expect(try lines("li+ne (?:7|8\r)", Self.events[4]).count == 2)
    #expect(try lines("line [37]", Self.events[4]) == ["tool_result: line 3\\xd", "tool_result: line 7\\xd"])
    let long = String(repeating: "x", count: 100_000) + "needle" + String(repeating: "y", count: 100_000)
    let found = try #require(try lines("needle", TraceEvent(.message, text: long)).first)
    #expect(found.contains("xneedley"))
    #expect(found.hasPrefix("message: ...x"))
    #expect(found.count < 230)
  }

  @Test("steps stand in a table, and their sum in a line") func steps() {
    let steps = [
      AgentStepRecord(
        name: "plan", kind: "claude", model: "m-1", outcome: "finished", seconds: 12.5, picodollars: 83_350_000_001,
        inputTokens: 1200, cachedTokens: 1000, outputTokens: 90, requests: 3),
      AgentStepRecord(name: "review", kind: "command", outcome: "exited 7\u{1B}[2J", seconds: 0.5),
    ]
    #expect(
      StepTable.lines(steps) == [
        "STEP    KIND     MODEL  TIME      TOKENS                         COST        OUTCOME",
        "plan    claude   m-1    12.50 s   1200 in (1000 cached), 90 out  0.0834 USD  finished",
        "review  command  -      500.0 ms  -                              -           exited 7\\x1b[2J",
      ])
    let spending = AgentSpending(
      steps: 2, picodollars: 83_350_000_001, unknownCosts: 1, inputTokens: 1200, cachedTokens: 1000, outputTokens: 90,
      requests: 3)
    #expect(
      StepTable.spending(spending)
        == "0.0834 USD at least (1 of 2 steps unknown); 1200 in (1000 cached), 90 out; 3 requests")
    #expect(StepTable.spending(AgentSpending(steps: 1, unknownCosts: 1)) == nil)
  }

  private let indent = String(repeating: " ", count: 19)
}
