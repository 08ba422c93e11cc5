import Testing

@testable import Agents

@Suite("The agents' protocol") struct ProtocolReaderTests {
  private static func read(_ lines: String, exitCode: Int32? = 0) -> AgentTrace {
    Transcript.read(Array(lines.utf8), by: "command", exitCode: exitCode)
  }

  @Test("lines with a known type are the trace, all others are messages")
  func trace() {
    let trace = Self.read(
      """
      {"type":"session","id":"s-1","name":"m-1"}
      {"type":"reasoning","text":"hm"}
      just words
      {"type":"tool_call","id":"1","name":"edit","text":{"file":"a","line":3}}
      {"type":"tool_result","id":"1","text":"no such file","failed":true}
      {"type":"usage","input":10,"cached":4,"output":2}
      {"type":"unknown","text":"x"}
      {"type":"error","text":"e"}
      {"type":"result","outcome":"finished","text":"done"}

      """)
    #expect(trace.end == .finished("done"))
    #expect(trace.session == "s-1" && trace.model == "m-1")
    #expect(trace.tokens == TokenCount(input: 10, cached: 4, output: 2))
    #expect(
      trace.events.map(\.kind) == [
        .session, .reasoning, .message, .toolCall, .toolResult, .usage, .message, .error,
      ])
    #expect(trace.events[2].text == "just words")
    #expect(trace.events[3].text == #"{"file":"a","line":3}"#)
    #expect(trace.events[4].isFailure)
    #expect(trace.events[6].text == #"{"type":"unknown","text":"x"}"#)
  }

  @Test(
    "each outcome",
    arguments: [
      (#"{"type":"result","outcome":"refused","text":"t"}"#, AgentEnd.refused("t")),
      (#"{"type":"result","outcome":"budget","text":"t"}"#, .budget("t")),
      (#"{"type":"result","outcome":"authentication","text":"t"}"#, .authentication("t")),
      (#"{"type":"result","outcome":"network","text":"t"}"#, .network("t")),
      (#"{"type":"result","outcome":"failed","text":"t"}"#, .crashed("t")),
      (#"{"type":"result","outcome":"usage_limit","text":"t"}"#, .usageLimit("t", until: nil)),
      (
        #"{"type":"result","outcome":"usage_limit","text":"t","until":1735689600}"#,
        .usageLimit("t", until: .at(1_735_689_600))
      ),
      (#"{"type":"result","outcome":"usage_limit","text":"t","after":60}"#, .usageLimit("t", until: .after(60))),
      (#"{"type":"result","outcome":"usage_limit","text":"t","after":-60}"#, .usageLimit("t", until: nil)),
      ("words", .finished("words")), ("", .finished("")),
    ])
  func outcomes(line: String, end: AgentEnd) {
    #expect(Self.read(line).end == end)
  }

  @Test("a program that fails has crashed, whatever it said before")
  func failures() {
    for (line, exitCode) in [
      (#"{"type":"result","outcome":"finished"}"#, 1), ("words", 2), ("words", nil),
      (#"{"type":"result","outcome":"splendid"}"#, 0), (#"{"type":"result"}"#, 0),
    ] as [(String, Int32?)] {
      guard case .crashed = Self.read(line, exitCode: exitCode).end else {
        Issue.record("\(line): \(Self.read(line, exitCode: exitCode).end)")
        continue
      }
    }
  }
}
