internal import Synchronization

package struct ClaudeCommandLine: AgentCommandLine {
  let inner: PlainCommandLine
  package init(command: [String]) { inner = PlainCommandLine(command: command) }
  package var program: String { inner.program }
  package func launch(_ request: AgentRequest) -> AgentLaunch { inner.launch(request) }
  package func makeReader() -> any AgentOutputReader { inner.makeReader() }
  package func objection(toVersion text: String) -> String? { nil }
}
package typealias CodexCommandLine = ClaudeCommandLine
package typealias GeminiCommandLine = ClaudeCommandLine
package typealias ProtocolCommandLine = ClaudeCommandLine
package final class AgentStream: Sendable {
  struct State {
    var reader: any AgentOutputReader
    var rest: [UInt8] = []
    var events: [TraceEvent] = []
  }
  let state: Mutex<State>
  let onEvent: (@Sendable (TraceEvent) -> Void)?
  package init(reader: any AgentOutputReader, onEvent: (@Sendable (TraceEvent) -> Void)?) {
    state = Mutex(State(reader: reader))
    self.onEvent = onEvent
  }
  package func take(_ piece: UnsafeRawBufferPointer) {
    let bytes = Array(piece)
    state.withLock { s in
      s.rest += bytes
      while let i = s.rest.firstIndex(of: 10) {
        s.events += s.reader.read(Array(s.rest[..<i]), seconds: 0)
        s.rest.removeSubrange(...i)
      }
    }
  }
  package func finish(exitCode: Int32?, errorTail: String) -> (AgentEnd, [TraceEvent]) {
    state.withLock { s in
      if !s.rest.isEmpty { s.events += s.reader.read(s.rest, seconds: 0) }
      return (s.reader.end(exitCode: exitCode, errorTail: errorTail), s.events)
    }
  }
}
