internal import Scoring

/// Reads Gemini CLI's `--output-format stream-json`.
struct GeminiReader: AgentObjectReader {
  private let now: @Sendable () -> Double
  /// The pieces of a message that isn't whole yet.
  private var words = ""
  private var lastWords = ""
  private var result: StrictJSON?
  private var lastError: String?

  /// Of a message that never ends only so much is kept.
  private static let mostWords = 1 << 20

  init(now: @escaping @Sendable () -> Double) { self.now = now }

  mutating func read(_ event: StrictJSON) -> [TraceEvent] {
    let type = event["type"]?.text
    if type == "message", event["role"]?.text == "assistant" {
      let text = event["content"]?.text ?? ""
      if words.utf8.count + text.utf8.count <= Self.mostWords { words += text }
      return event["delta"]?.isTrue == true ? [] : message()
    }
    let before = message()
    switch type {
    case "init": return before + [TraceEvent(.session, name: event["model"]?.text, id: event["session_id"]?.text)]
    case "tool_use":
      let input = event["parameters"]?.written() ?? ""
      return before + [TraceEvent(.toolCall, text: input, name: event["tool_name"]?.text, id: event["tool_id"]?.text)]
    case "tool_result":
      let text = event["output"]?.text ?? event["error"]?["message"]?.text ?? ""
      let isFailure = event["status"]?.text != "success"
      return before + [TraceEvent(.toolResult, text: text, id: event["tool_id"]?.text, isFailure: isFailure)]
    case "error":
      let text = event["message"]?.text ?? ""
      if event["severity"]?.text != "warning" { lastError = text }
      return before + [TraceEvent(.error, text: text)]
    case "result":
      result = event
      guard let stats = event["stats"] else { return before }
      let tokens = TokenCount(
        input: stats["input_tokens"]?.count ?? 0, cached: stats["cached"]?.count ?? 0,
        output: stats["output_tokens"]?.count ?? 0)
      return before + [TraceEvent(.usage, tokens: tokens)]
    default: return before
    }
  }

  /// What the pieces so far come to.
  private mutating func message() -> [TraceEvent] {
    guard !words.isEmpty else { return [] }
    (lastWords, words) = (words, "")
    return [TraceEvent(.message, text: lastWords)]
  }

  mutating func end(exitCode: Int32?, errorTail: String) -> AgentEnd {
    if !words.isEmpty { lastWords = words }
    let error = result?["error"]?["message"]?.text ?? lastError
    switch exitCode {
    case 53?: return .budget(error ?? "its turns are used up")
    case 42?: return .crashed(error ?? ProgramEnd.withoutResult(exitCode, errorTail))
    default: break
    }
    if result?["status"]?.text == "success" {
      guard exitCode ?? 0 == 0 else { return .crashed(ProgramEnd.afterResult(exitCode, errorTail)) }
      return .finished(lastWords)
    }
    if let error { return FailureText(error, now: now()).end() }
    guard exitCode != nil else { return .crashed(ProgramEnd.killed(errorTail)) }
    return FailureText(ProgramEnd.withoutResult(exitCode, errorTail), now: now()).end()
  }
}
