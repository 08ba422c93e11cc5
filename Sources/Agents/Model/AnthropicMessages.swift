/// Anthropic's Messages API.
enum AnthropicMessages {
  /// The API wants a maximum; this one all current models take.
  private static let usualMaximum = 16_384

  static func body(_ conversation: ModelConversation) -> [UInt8] {
    let turns = conversation.turns.map { turn in
      RequestText.object([
        ("role", RequestText.string(turn.isModel ? "assistant" : "user")), ("content", RequestText.string(turn.text)),
      ])
    }
    return Array(
      RequestText.object([
        ("model", RequestText.string(conversation.model)),
        ("max_tokens", RequestText.number(conversation.maximumOutput ?? usualMaximum)),
        ("system", RequestText.string(conversation.system)), ("messages", RequestText.list(turns)),
      ]).utf8)
  }

  static func answer(_ root: ReplyValue) -> ModelAnswer? {
    guard root["type"].text == "message" else { return nil }
    var answer = ModelAnswer()
    for block in root["content"].items {
      switch block["type"].text {
      case "text": answer.text += block["text"].text ?? ""
      case "thinking": answer.reasoning += block["thinking"].text ?? ""
      default: break
      }
    }
    let usage = root["usage"]
    let cached = usage["cache_read_input_tokens"].count
    answer.tokens = TokenCount(
      input: usage["input_tokens"].count + cached + usage["cache_creation_input_tokens"].count, cached: cached,
      output: usage["output_tokens"].count)
    switch root["stop_reason"].text {
    case "max_tokens", "model_context_window_exceeded": answer.stop = .cut
    case "refusal": answer.stop = .refused(answer.text.isEmpty ? "the model refused" : answer.text)
    default: break
    }
    return answer
  }
}
