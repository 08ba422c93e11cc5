package import Sandbox
internal import Scoring
internal import Synchronization

/// How much of an agent's output is looked at and kept.
package struct TraceLimits: Sendable {
  /// Of a longer line only the beginning is read.
  package var line: Int
  /// Behind so many bytes nothing is read any more.
  package var output: Int
  /// Events in the trace.
  package var events: Int
  /// Bytes of the trace's events.
  package var bytes: Int
  /// Bytes of one event's text.
  package var text: Int

  package init(
    line: Int = 4 << 20, output: Int = 256 << 20, events: Int = 20_000, bytes: Int = 16 << 20, text: Int = 256 << 10
  ) {
    self.line = line
    self.output = output
    self.events = events
    self.bytes = bytes
    self.text = text
  }
}

/// What came of an agent's output.
package struct AgentTrace: Sendable {
  package var end: AgentEnd
  /// The beginning and the end; a mark stands where something was left out.
  package var events: [TraceEvent]
  /// How many events were left out.
  package var leftOut: Int
  /// All of them, whatever was left out.
  package var tokens: TokenCount
  /// What the agent's session can be resumed by.
  package var session: String?
  package var model: String?
}

/// Reads an agent's output as it comes from the sandbox, from whatever thread, in bounded memory.
package final class AgentStream: Sendable {
  private let state: Mutex<State>
  private let limits: TraceLimits
  private let clock: @Sendable () -> Double
  private let handOn: (@Sendable (TraceEvent) -> Void)?

  private struct State {
    var reader: any AgentOutputReader
    var lines: LineSplitter
    var keeper: TraceKeeper
    var errorTail: [UInt8] = []
    var seen = 0
    var tokens = TokenCount()
    var session: String?
    var model: String?
  }

  private static let errorTail = 8 << 10

  /// - Parameters:
  ///   - clock: Seconds since the step began.
  ///   - handOn: Takes each event as it comes, one after another, on the thread that hands over the output.
  package init(
    reader: any AgentOutputReader, limits: TraceLimits = TraceLimits(), clock: @escaping @Sendable () -> Double,
    handOn: (@Sendable (TraceEvent) -> Void)? = nil
  ) {
    self.limits = limits
    self.clock = clock
    self.handOn = handOn
    state = Mutex(State(reader: reader, lines: LineSplitter(limit: limits.line), keeper: TraceKeeper(limits)))
  }

  /// Takes a piece of output; for `Sandbox.Output.handed`.
  package func take(_ stream: Sandbox.Stream, _ bytes: UnsafeRawBufferPointer) {
    let seconds = clock()
    state.withLock { state in
      guard stream == .output else {
        state.errorTail.append(contentsOf: bytes.suffix(Self.errorTail))
        let over = state.errorTail.count - Self.errorTail
        if over > 0 { state.errorTail.removeFirst(over) }
        return
      }
      guard state.seen <= limits.output else { return }
      state.seen += bytes.count
      state.lines.feed(bytes)
      while let line = state.lines.next() { read(line, seconds, &state) }
      guard state.seen > limits.output else { return }
      let text = "the agent printed more than \(limits.output) bytes; the rest isn't read"
      add(TraceEvent(.error, seconds: seconds, text: text), &state)
    }
  }

  /// Reads what stands behind the last line end, and says what it all came to. For once, after the last piece.
  ///
  /// - Parameter exitCode: nil where a signal or a budget ended the agent.
  package func finish(exitCode: Int32?) -> AgentTrace {
    let seconds = clock()
    return state.withLock { state in
      if state.seen <= limits.output, let rest = state.lines.rest() { read(rest, seconds, &state) }
      let end = state.reader.end(
        exitCode: exitCode, errorTail: String(decoding: state.errorTail, as: UTF8.self))
      return AgentTrace(
        end: end, events: state.keeper.events, leftOut: state.keeper.leftOut, tokens: state.tokens,
        session: state.session, model: state.model)
    }
  }

  private func read(_ line: ReportLine, _ seconds: Double, _ state: inout State) {
    for event in state.reader.read(Array(line.bytes), seconds: seconds) { add(event, &state) }
  }

  private func add(_ event: TraceEvent, _ state: inout State) {
    if let tokens = event.tokens { state.tokens = state.tokens + tokens }
    let kept = state.keeper.add(event)
    if event.kind == .session {
      state.session = kept.id ?? state.session
      state.model = kept.name ?? state.model
    }
    handOn?(kept)
  }
}
