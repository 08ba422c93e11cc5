internal import Scoring

/// Reads `--output-format stream-json`.
struct ClaudeReader: AgentObjectReader {
  private let now: @Sendable () -> Double
  /// Since the last result.
  private var counted = TokenCount()
  /// Messages come in pieces, each with the same usage.
  private var lastMessage: String?
  private var limitEnd: UsageLimitEnd?
  /// The kind of the last message that stands for an API's error.
  private var errorKind: String?
  private var result: StrictJSON?
  private var lastWords = ""
  private var isSessionKnown = false

  init(now: @escaping @Sendable () -> Double) { self.now = now }

  mutating func read(_ event: StrictJSON) -> [TraceEvent] {
    switch event["type"]?.text {
    case "system": system(event)
    case "assistant": assistant(event)
    case "user": results(in: event)
    case "rate_limit_event":
      rateLimit(event["rate_limit_info"])
    case "result": end(event)
    default: []
    }
  }

  private mutating func system(_ event: StrictJSON) -> [TraceEvent] {
    switch event["subtype"]?.text {
    case "init":
      // It comes again with every turn of a session.
      guard !isSessionKnown else { return [] }
      isSessionKnown = true
      return [TraceEvent(.session, name: event["model"]?.text, id: event["session_id"]?.text)]
    case "api_retry":
      let what = event["error"]?.text ?? "unknown"
      let status = event["error_status"]?.count.map { " (\($0))" } ?? ""
      return [TraceEvent(.error, text: "the API failed, trying again: \(what)\(status)")]
    case "informational": return event["content"]?.text.map { [TraceEvent(.error, text: $0)] } ?? []
    default: return []
    }
  }

  private mutating func assistant(_ event: StrictJSON) -> [TraceEvent] {
    guard let message = event["message"] else { return [] }
    var events: [TraceEvent] = []
    for block in message["content"]?.items ?? [] {
      switch block["type"]?.text {
      case "text":
        let text = block["text"]?.text ?? ""
        if let kind = event["error"]?.text {
          errorKind = kind
          events.append(TraceEvent(.error, text: text, name: kind))
        } else {
          lastWords = text
          events.append(TraceEvent(.message, text: text))
        }
      case "thinking": events.append(TraceEvent(.reasoning, text: block["thinking"]?.text ?? ""))
      case "tool_use":
        let input = block["input"]?.written() ?? ""
        events.append(TraceEvent(.toolCall, text: input, name: block["name"]?.text, id: block["id"]?.text))
      default: break
      }
    }
    if event["error"] == nil, let identifier = message["id"]?.text, identifier != lastMessage {
      lastMessage = identifier
      events += usage(Self.tokens(message["usage"]))
    }
    return events
  }

  private func results(in event: StrictJSON) -> [TraceEvent] {
    let blocks = event["message"]?["content"]?.items ?? []
    return blocks.filter { $0["type"]?.text == "tool_result" }.map { block in
      TraceEvent(
        .toolResult, text: Self.text(of: block["content"]), id: block["tool_use_id"]?.text,
        isFailure: block["is_error"]?.isTrue ?? false)
    }
  }

  private static func text(of content: StrictJSON?) -> String {
    if let text = content?.text { return text }
    let parts = content?.items ?? []
    return parts.map { $0["text"]?.text ?? "[\($0["type"]?.text ?? "unknown")]" }.joined(separator: "\n")
  }

  private mutating func rateLimit(_ info: StrictJSON?) -> [TraceEvent] {
    guard info?["status"]?.text == "rejected" else { return [] }
    if let at = info?["resetsAt"]?.number, at > 0, at < 1e11 { limitEnd = .at(at) }
    return [TraceEvent(.error, text: "the account's limit is reached", name: "rate_limit")]
  }

  private mutating func end(_ event: StrictJSON) -> [TraceEvent] {
    result = event
    // With what agents of its own used, but without the runs before it in the same session; what was told before is a part of it.
    let models = event["model_usage_since_last_result"]?.members ?? []
    let whole =
      models.isEmpty
      ? Self.tokens(event["usage"])
      : models.reduce(TokenCount()) { sum, model in
        let read = model.value["cacheReadInputTokens"]?.count ?? 0
        let written = model.value["cacheCreationInputTokens"]?.count ?? 0
        return sum
          + TokenCount(
            input: (model.value["inputTokens"]?.count ?? 0) + read + written, cached: read,
            output: model.value["outputTokens"]?.count ?? 0)
      }
    let rest = usage(whole.less(counted))
    counted = TokenCount()
    return rest
  }

  private mutating func usage(_ tokens: TokenCount) -> [TraceEvent] {
    guard tokens != TokenCount() else { return [] }
    counted = counted + tokens
    return [TraceEvent(.usage, tokens: tokens)]
  }

  private static func tokens(_ usage: StrictJSON?) -> TokenCount {
    let read = usage?["cache_read_input_tokens"]?.count ?? 0
    let written = usage?["cache_creation_input_tokens"]?.count ?? 0
    return TokenCount(
      input: (usage?["input_tokens"]?.count ?? 0) + read + written, cached: read,
      output: usage?["output_tokens"]?.count ?? 0)
  }

  mutating func end(exitCode: Int32?, errorTail: String) -> AgentEnd {
    guard let result else {
      guard exitCode != nil else { return .crashed(ProgramEnd.killed(errorTail)) }
      return FailureText(ProgramEnd.withoutResult(exitCode, errorTail), now: now()).end()
    }
    let words = result["result"]?.text ?? lastWords
    guard result["is_error"]?.isTrue == true || result["subtype"]?.text != "success" else {
      if result["stop_reason"]?.text == "refusal" { return .refused(words) }
      guard exitCode ?? 0 == 0 else { return .crashed(ProgramEnd.afterResult(exitCode, errorTail)) }
      return .finished(words)
    }
    let errors = (result["errors"]?.items ?? []).prefix(10).compactMap(\.text).joined(separator: "; ")
    let why = errors.isEmpty ? words : errors
    switch result["subtype"]?.text {
    case "error_max_turns"?, "error_max_budget_usd"?: return .budget(why)
    default: break
    }
    if result["stop_reason"]?.text == "refusal" { return .refused(why) }
    let failure = FailureText(why.isEmpty ? "it failed without a reason" : why, now: now())
    if let limitEnd { return .usageLimit(failure.text, until: limitEnd) }
    let end = failure.end(status: result["api_error_status"]?.count)
    guard case .crashed = end else { return end }
    switch errorKind {
    case "authentication_failed"?, "billing_error"?: return .authentication(failure.text)
    case "rate_limit"?: return failure.usageLimit
    case "server_error"?, "overloaded"?: return .network(failure.text)
    default: return end
    }
  }
}
