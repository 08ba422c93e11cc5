import Agents
import Testing
import Workspace

@Suite("Stored traces") struct TraceRecordTests {
  private static let events = [
    TraceEvent(.session, text: "begins", name: "claude-x", id: "s-1"),
    TraceEvent(.message, seconds: 0.25, text: "I look.\nThen \u{1B}[31mred\u{7} \u{202E}é 🧪 \0"),
    TraceEvent(.reasoning, seconds: 1.5, text: ""),
    TraceEvent(.toolCall, seconds: 2, text: "{\"command\": \"ls\"}", name: "Bash", id: "t1"),
    TraceEvent(.toolResult, seconds: 3, text: "no such file", id: "t1", isFailure: true),
    TraceEvent(.usage, seconds: 4, tokens: TokenCount(input: 10, cached: 4, output: 7)),
    TraceEvent(.error, seconds: 5, text: "overloaded"),
  ]

  @Test("come back as they were") func roundTrip() throws {
    let record = TraceRecord(Self.events)
    let stored = try record.stored()
    #expect(try TraceRecord(stored: stored) == record)
    #expect(try record.stored() == stored)
    #expect(stored.starts(with: [0x1F, 0x8B]))
    #expect(try TraceRecord(stored: TraceRecord([]).stored()).events.isEmpty)
  }

  @Test("a line that is no event is passed over") func damaged() {
    let text = """
      {"kind": "message", "seconds": 1, "text": "one", "later": [1]}
      {"kind": "unheard of", "seconds": 1}
      {"kind": "message"
      [1]
      {"kind": "usage", "input": 1e300, "output": 5}
      {"kind": "message", "text": 7, "seconds": "x"}
      """
    let events = TraceRecord(lines: Array(text.utf8)).events
    #expect(events == [TraceEvent(.message, seconds: 1, text: "one"), TraceEvent(.usage), TraceEvent(.message)])
  }

  @Test("a long text keeps both ends, and so does a long trace") func bounds() throws {
    let long = String(repeating: "é", count: TraceRecord.mostText)
    let bytes = TraceRecord([TraceEvent(.message, text: "<\(long)>")]).lines()
    let event = try #require(TraceRecord(lines: bytes).events.first)
    #expect(event.text.utf8.count < TraceRecord.mostText + 100)
    #expect(event.text.hasPrefix("<é"))
    #expect(event.text.hasSuffix("é>"))
    #expect(event.text.contains(" bytes left out]\n"))
    #expect(!event.text.contains("\u{FFFD}"))

    let many = TraceRecord((0..<1000).map { TraceEvent(.message, seconds: Double($0), text: "event \($0)") })
    let lines = many.lines(most: 10_000)
    #expect(lines.count <= 10_000)
    let kept = TraceRecord(lines: lines).events
    #expect(kept.first?.text == "event 0")
    #expect(kept.last?.text == "event 999")
    let gap = try #require(kept.first { $0.kind == .error })
    #expect(gap.text == "\(1000 - kept.count + 1) events of this trace were too much to keep")
  }

  @Test("a time that is no number, and a token count at its end, are written as JSON has it") func numbers() {
    let events = [TraceEvent(.message, seconds: .nan), TraceEvent(.message, seconds: .infinity)]
    #expect(TraceRecord(lines: TraceRecord(events).lines()).events.map(\.seconds) == [0, 0])
  }

  @Test("what is no trace is refused with words") func notATrace() throws {
    let stored = try TraceRecord(Self.events).stored()
    for bytes in [[], [1, 2, 3], Array(stored.dropLast(5)), Array(stored.dropFirst()), stored.map { $0 ^ 0x55 }] {
      let fault = #expect(throws: TraceFault.self) { try TraceRecord(stored: bytes) }
      #expect(fault?.description.contains("damaged or cut off") == true)
    }
    var changed = stored
    changed[changed.count / 2] ^= 1
    #expect(throws: TraceFault.self) { try TraceRecord(stored: changed) }
  }

  @Test("a small blob that grows beyond a trace's size is refused before it fills the memory") func bomb() throws {
    let gzip = HostCommand(
      ["/bin/sh", "-c", "head -c 1000000000 /dev/zero | gzip -n"], environment: ["PATH=/usr/bin:/bin"],
      folder: "/")
    let stored = try gzip.run().stdout
    #expect(stored.count < 2_000_000)
    let fault = #expect(throws: TraceFault.self) { try TraceRecord(stored: stored) }
    #expect(fault?.description.contains("holds more than 33554432 bytes") == true)
  }
}
