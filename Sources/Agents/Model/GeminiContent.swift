/// Gemini's generateContent.
enum GeminiContent {
  private static let refusals: Set<String> = [
    "SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "LANGUAGE",
  ]

  static func body(_ conversation: ModelConversation) -> [UInt8] {
    func parts(_ text: String) -> String {
      RequestText.list([RequestText.object([("text", RequestText.string(text))])])
    }
    let turns = conversation.turns.map { turn in
      RequestText.object([
        ("role", RequestText.string(turn.isModel ? "model" : "user")), ("parts", parts(turn.text)),
      ])
    }
    return Array(
      RequestText.object([
        ("systemInstruction", RequestText.object([("parts", parts(conversation.system))])),
        ("contents", RequestText.list(turns)),
        (
          "generationConfig",
          conversation.maximumOutput.map { RequestText.object([("maxOutputTokens", RequestText.number($0))]) }
        ),
      ]).utf8)
  }

  static func answer(_ root: ReplyValue) -> ModelAnswer? {
    var answer = ModelAnswer()
    let usage = root["usageMetadata"]
    answer.tokens = TokenCount(
      input: usage["promptTokenCount"].count, cached: usage["cachedContentTokenCount"].count,
      output: usage["candidatesTokenCount"].count + usage["thoughtsTokenCount"].count)
    guard let candidate = root["candidates"].items.first else {
      guard let reason = root["promptFeedback"]["blockReason"].text else { return nil }
      answer.stop = .refused("the provider blocked the prompt: \(reason.prefix(80))")
      return answer
    }
    for part in candidate["content"]["parts"].items {
      let text = part["text"].text ?? ""
      if part["thought"].isTrue { answer.reasoning += text } else { answer.text += text }
    }
    switch candidate["finishReason"].text {
    case "MAX_TOKENS": answer.stop = .cut
    case let reason? where refusals.contains(reason): answer.stop = .refused("the provider ended the answer: \(reason)")
    default: break
    }
    return answer
  }
}
