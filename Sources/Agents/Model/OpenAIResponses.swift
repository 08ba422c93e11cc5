/// OpenAI's Responses API.
enum OpenAIResponses {
  static func body(_ conversation: ModelConversation) -> [UInt8] {
    let turns = conversation.turns.map { turn in
      RequestText.object([
        ("role", RequestText.string(turn.isModel ? "assistant" : "user")), ("content", RequestText.string(turn.text)),
      ])
    }
    return Array(
      RequestText.object([
        ("model", RequestText.string(conversation.model)), ("store", "false"),
        ("max_output_tokens", RequestText.number(conversation.maximumOutput)),
        ("instructions", RequestText.string(conversation.system)), ("input", RequestText.list(turns)),
      ]).utf8)
  }

  static func answer(_ root: ReplyValue) -> ModelAnswer? {
    guard let status = root["status"].text else { return nil }
    var answer = ModelAnswer()
    var refusal = ""
    for item in root["output"].items {
      switch item["type"].text {
      case "message":
        for part in item["content"].items {
          answer.text += part["text"].text ?? ""
          refusal += part["refusal"].text ?? ""
        }
      case "reasoning": for part in item["summary"].items { answer.reasoning += part["text"].text ?? "" }
      default: break
      }
    }
    let usage = root["usage"]
    answer.tokens = TokenCount(
      input: usage["input_tokens"].count, cached: usage["input_tokens_details"]["cached_tokens"].count,
      output: usage["output_tokens"].count)
    switch (status, root["incomplete_details"]["reason"].text) {
    case (_, "content_filter"): answer.stop = .refused("the provider's content filter ended the answer")
    case ("incomplete", _): answer.stop = .cut
    case ("completed", _): if !refusal.isEmpty { answer.stop = .refused(refusal) }
    default: answer.stop = .failed(root["error"]["message"].text ?? "the answer's status is '\(status.prefix(40))'")
    }
    return answer
  }
}
