/// One thing that an agent said or did, in words that all kinds of agents share.
package struct TraceEvent: Sendable, Hashable {
  package enum Kind: String, Sendable, CaseIterable {
    /// The agent's own session began: `id` is what it can be resumed by, `name` the model.
    case session
    case message, reasoning
    /// `name` is the tool, `text` its input; `id` joins the result to it.
    case toolCall = "tool_call"
    case toolResult = "tool_result"
    /// Tokens, of one request or of all: the sum of these is what the agent used.
    case usage
    case error
    /// A request that left the sandbox by the proxy, or one that was refused: `name` is the host and port.
    case network
  }

  package var kind: Kind
  /// Seconds since the step began.
  package var seconds: Double
  package var text: String
  package var name: String?
  package var id: String?
  /// Of a tool's result: whether the tool failed.
  package var isFailure: Bool
  package var tokens: TokenCount?

  package init(
    _ kind: Kind, seconds: Double = 0, text: String = "", name: String? = nil, id: String? = nil,
    isFailure: Bool = false, tokens: TokenCount? = nil
  ) {
    self.kind = kind
    self.seconds = seconds
    self.text = text
    self.name = name
    self.id = id
    self.isFailure = isFailure
    self.tokens = tokens
  }
}

/// Tokens as an agent or an API counts them.
package struct TokenCount: Sendable, Hashable {
  /// All of the input, what came from a cache included.
  package var input: Int
  package var cached: Int
  package var output: Int

  package init(input: Int = 0, cached: Int = 0, output: Int = 0) {
    self.input = input
    self.cached = cached
    self.output = output
  }

  package static func + (left: Self, right: Self) -> Self {
    // Numbers from outside: at the type's end they stay there.
    func sum(_ left: Int, _ right: Int) -> Int {
      let (sum, isOver) = left.addingReportingOverflow(right)
      return isOver ? .max : sum
    }
    return Self(
      input: sum(left.input, right.input), cached: sum(left.cached, right.cached),
      output: sum(left.output, right.output))
  }
}
