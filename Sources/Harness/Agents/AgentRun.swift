package import Agents
package import Egress

/// What one step of an agent came to.
package struct AgentRun: Sendable {
  package var agent: HarnessAgent
  package var end: AgentEnd
  /// Why its sandbox ended, by name; nil for an agent that is built in.
  package var outcome: String?
  package var trace: [TraceEvent]
  package var seconds: Double
  /// What its requests cost; nil where it speaks to no model.
  package var cost: USD?
  package var tokens: TokenCount
  package var requests = 0
  /// Whether the loop's own cost budget had no room for a request.
  package var isLoopBudgetSpent = false

  package init(agent: HarnessAgent, end: AgentEnd, trace: [TraceEvent], seconds: Double) {
    self.agent = agent
    self.end = end
    self.trace = trace
    self.seconds = seconds
    tokens = trace.reduce(TokenCount()) { $0 + ($1.tokens ?? TokenCount()) }
  }

  /// The cost in millionths of a millionth of a dollar, as records keep it.
  package var picodollars: Int64? { cost?.picodollars }

  /// What it said last, in one line.
  package var note: String {
    let said =
      switch end {
      case .finished(let words) where !words.isEmpty: words
      default: trace.last { $0.kind == .message && !$0.text.isEmpty }?.text ?? ""
      }
    let line = said.split(whereSeparator: \.isNewline).last { !$0.allSatisfy(\.isWhitespace) }
    return String((line ?? "").suffix(300))
  }

  /// The last that it said, whole: all messages that no tool call stands between.
  package var lastWords: String {
    let said = trace.filter { $0.kind == .message || $0.kind == .toolCall }
    let last = said.reversed().prefix { $0.kind == .message }.reversed().map(\.text).joined(separator: "\n")
    return last.isEmpty ? note : last
  }

  /// By what its session can be gone on with.
  package var session: String? { trace.last { $0.kind == .session }?.id }
}

extension AgentEnd {
  /// In words, for records.
  package var description: String {
    switch self {
    case .finished: "finished"
    case .refused(let why): "refused: \(why)"
    case .crashed(let why): "failed: \(why)"
    case .budget(let why): "its own limit: \(why)"
    case .usageLimit(let why, _): "usage limit: \(why)"
    case .authentication(let why): "no access: \(why)"
    case .network(let why): "network: \(why)"
    }
  }
}
