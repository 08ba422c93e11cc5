import Sandbox
import Synchronization
import Testing

@testable import Agents

@Suite("Streams of agents' output") struct AgentStreamTests {
  private static let programs = ["claude", "codex", "gemini", "command"]

  /// Lines that no agent should print.
  private static let hostile: [String] = [
    "", "{", "}", "null", "[]", "\"\"", "{}", "NaN", "\u{0}", "\u{feff}{}", String(repeating: "[", count: 100_000),
    String(repeating: #"{"a":"#, count: 100_000), #"{"type":null}"#, #"{"type":7}"#, #"{"type":"assistant"}"#,
    #"{"type":"assistant","message":7}"#, #"{"type":"assistant","message":{"content":{"type":"text"}}}"#,
    #"{"type":"assistant","message":{"content":[7,null,{"type":"tool_use","input":7}]}}"#,
    #"{"type":"assistant","message":{"id":"a","usage":{"input_tokens":1e300,"output_tokens":-5}}}"#,
    #"{"type":"assistant","message":{"id":"b","usage":{"input_tokens":1e15,"cache_read_input_tokens":1e15}}}"#,
    #"{"type":"user","message":{"content":[{"type":"tool_result","content":[[]]}]}}"#,
    #"{"type":"rate_limit_event","rate_limit_info":{"status":"rejected","resetsAt":-1e300}}"#,
    #"{"type":"item.completed"}"#, #"{"type":"item.completed","item":{"type":"command_execution","exit_code":"x"}}"#,
    #"{"type":"item.started","item":{"type":"file_change","changes":{"a":[1e-300,1e300,true]}}}"#,
    #"{"type":"turn.failed","error":[]}"#, #"{"type":"message","role":"assistant","content":7,"delta":true}"#,
    #"{"type":"tool_use","parameters":"x","tool_name":[]}"#, #"{"type":"usage","input":1e15,"cached":{},"output":0.5}"#,
    #"{"type":"message","type":"message"}"#, #"{"type":"result","stats":[1],"outcome":7}"#,
  ]

  @Test("broken, deep and mistyped lines never crash a reader, and none is taken for an end", arguments: programs)
  func hostile(program: String) {
    var bytes: [UInt8] = []
    for line in Self.hostile { bytes += Array(line.utf8) + [0x0A] }
    bytes += [0xFF, 0xFE, 0x0A, 0xC3]
    for exitCode in [nil, 0, 1, 53, 137] as [Int32?] {
      let trace = Transcript.read(bytes, by: program, exitCode: exitCode, piece: 4096)
      if case .finished = trace.end { Issue.record("\(program) \(exitCode ?? -1): \(trace.end)") }
      #expect(trace.tokens.input >= 0)
    }
    // Each alone, so that none hides behind another; and ends whose rest is wrong.
    let ends = [#"{"type":"turn.completed","usage":[]}"#, #"{"type":"result","subtype":"success","usage":{"a":[]}}"#]
    for line in Self.hostile + ends { _ = Transcript.read(Array(line.utf8), by: program, exitCode: 0) }
  }

  @Test("a line without an end costs no more memory than its bound", arguments: programs)
  func endless(program: String) {
    let stream = AgentStream(
      reader: Transcript.reader(program), limits: TraceLimits(line: 64 << 10, output: 64 << 20), clock: { 0 })
    let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 64 << 10)
    // 128 MB, of which the first half is looked at.
    for _ in 0..<2048 { piece.withUnsafeBytes { stream.take(.output, $0) } }
    for _ in 0..<64 { piece.withUnsafeBytes { stream.take(.error, $0) } }
    let trace = stream.finish(exitCode: 1)
    #expect(trace.events.count == 1 && trace.events[0].text.contains("isn't read"))
    guard case .crashed(let why) = trace.end else {
      Issue.record("\(trace.end)")
      return
    }
    #expect(why.utf8.count < 4096)
  }

  @Test("of many events the beginning and the end are kept, and what was left out is counted")
  func many() {
    var bytes: [UInt8] = []
    for number in 0..<5000 { bytes += Array("{\"type\":\"usage\",\"input\":2,\"output\":1}\nline \(number)\n".utf8) }
    let handed = Mutex(0)
    let trace = Transcript.read(bytes, by: "command", limits: TraceLimits(events: 100)) { _ in
      handed.withLock { $0 += 1 }
    }
    #expect(handed.withLock { $0 } == 10_000)
    #expect(trace.leftOut == 9900)
    #expect(trace.events.count == 101)
    #expect(trace.events[50].text.hasPrefix("[9900 events of "))
    #expect(trace.events[1].text == "line 0")
    #expect(trace.events.last?.text == "line 4999")
    #expect(trace.tokens == TokenCount(input: 10_000, cached: 0, output: 5000))
    #expect(trace.end == .finished("line 4999"))
  }

  @Test("of long texts the beginning and the end are kept, within the bound on bytes")
  func long() {
    var bytes: [UInt8] = []
    for number in 0..<64 { bytes += Array("\(number)".utf8) + [UInt8](repeating: 0x61, count: 40_000) + [0x62, 0x0A] }
    let limits = TraceLimits(bytes: 256 << 10, text: 10_000)
    let trace = Transcript.read(bytes, by: "command", limits: limits)
    #expect(trace.events.reduce(0) { $0 + $1.text.utf8.count } < 300 << 10)
    #expect(trace.leftOut > 30)
    #expect(trace.events.last?.text.hasPrefix("63aaa") == true)
    #expect(trace.events.last?.text.hasSuffix("aab") == true)
    #expect(trace.events.last?.text.contains("bytes are left out") == true)
  }

  @Test("standard error and pieces from another thread come together")
  func threads() async {
    let stream = AgentStream(reader: Transcript.reader("command"), clock: { 1 })
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<4 {
        group.addTask {
          for _ in 0..<200 { Array("word\n".utf8).withUnsafeBytes { stream.take(.output, $0) } }
        }
      }
    }
    let trace = stream.finish(exitCode: 0)
    #expect(trace.events.count == 800)
    #expect(trace.events.allSatisfy { $0.text == "word" })
  }
}
