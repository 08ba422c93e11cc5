internal import Scoring

/// Reads `codex exec --json`.
struct CodexReader: AgentObjectReader {
  private let now: @Sendable () -> Double
  private var failure: String?
  private var isComplete = false
  private var lastWords = ""
  private var didAnything = false

  init(now: @escaping @Sendable () -> Double) { self.now = now }

  mutating func read(_ event: StrictJSON) -> [TraceEvent] {
    switch event["type"]?.text {
    case "thread.started": return [TraceEvent(.session, id: event["thread_id"]?.text)]
    case "item.started": return event["item"].map { started($0) } ?? []
    case "item.completed": return event["item"].map { completed($0) } ?? []
    case "turn.completed":
      (isComplete, failure) = (true, nil)
      let usage = event["usage"]
      let tokens = TokenCount(
        input: usage?["input_tokens"]?.count ?? 0, cached: usage?["cached_input_tokens"]?.count ?? 0,
        output: usage?["output_tokens"]?.count ?? 0)
      return [TraceEvent(.usage, tokens: tokens)]
    case "turn.failed":
      failure = event["error"]?["message"]?.text ?? "it failed without a reason"
      return []
    // Also what it tries again after; the last one is told once more by `turn.failed`.
    case "error": return [TraceEvent(.error, text: event["message"]?.text ?? "")]
    default: return []
    }
  }

  private mutating func started(_ item: StrictJSON) -> [TraceEvent] {
    guard let call = call(item) else { return [] }
    didAnything = true
    return [call]
  }

  /// The call of a tool, under the name that its kind has among the agents' tools; nil of other items.
  private func call(_ item: StrictJSON) -> TraceEvent? {
    let identifier = item["id"]?.text
    switch item["type"]?.text {
    case "command_execution":
      return TraceEvent(.toolCall, text: item["command"]?.text ?? "", name: "shell", id: identifier)
    case "file_change":
      return TraceEvent(.toolCall, text: item["changes"]?.written() ?? "", name: "apply_patch", id: identifier)
    case "mcp_tool_call":
      let name = "\(item["server"]?.text ?? "")/\(item["tool"]?.text ?? "")"
      return TraceEvent(.toolCall, text: item["arguments"]?.written() ?? "", name: name, id: identifier)
    case "web_search":
      return TraceEvent(.toolCall, text: item["query"]?.text ?? "", name: "web_search", id: identifier)
    default: return nil
    }
  }

  private mutating func completed(_ item: StrictJSON) -> [TraceEvent] {
    let identifier = item["id"]?.text
    switch item["type"]?.text {
    case "agent_message":
      lastWords = item["text"]?.text ?? ""
      if !lastWords.isEmpty { didAnything = true }
      return [TraceEvent(.message, text: lastWords)]
    case "reasoning": return [TraceEvent(.reasoning, text: item["text"]?.text ?? "")]
    case "error": return [TraceEvent(.error, text: item["message"]?.text ?? "")]
    case "todo_list":
      return [TraceEvent(.reasoning, text: item["items"]?.written() ?? "", name: "todo_list", id: identifier)]
    case "command_execution":
      return [
        TraceEvent(
          .toolResult, text: item["aggregated_output"]?.text ?? "", id: identifier,
          isFailure: item["exit_code"]?.number != 0)
      ]
    case "file_change", "mcp_tool_call", "web_search":
      let text = item["error"]?["message"]?.text ?? item["result"]?.written() ?? ""
      let isFailure = item["status"]?.text == "failed"
      return [TraceEvent(.toolResult, text: text, id: identifier, isFailure: isFailure)]
    default: return []
    }
  }

  mutating func end(exitCode: Int32?, errorTail: String) -> AgentEnd {
    if let failure { return FailureText(failure, now: now()).end() }
    guard isComplete else {
      guard exitCode != nil else { return .crashed(ProgramEnd.killed(errorTail)) }
      return FailureText(ProgramEnd.withoutResult(exitCode, errorTail), now: now()).end()
    }
    guard exitCode ?? 0 == 0 else { return .crashed(ProgramEnd.afterResult(exitCode, errorTail)) }
    // A refusal isn't printed: the turn ends as if the model had said nothing.
    return didAnything ? .finished(lastWords) : .refused("the model's turn ended without a word and without an action")
  }
}
