internal import Scoring

/// Reads output that is one JSON object a line.
protocol AgentObjectReader: AgentOutputReader {
  /// What one object says; the caller puts the time in.
  mutating func read(_ event: StrictJSON) -> [TraceEvent]
}

extension AgentObjectReader {
  mutating func read(_ line: [UInt8], seconds: Double) -> [TraceEvent] {
    switch AgentLine(line) {
    case .other(let text): AgentLine.event(ofOther: text, seconds: seconds)
    case .object(let event): read(event).map { $0.at(seconds) }
    }
  }
}
