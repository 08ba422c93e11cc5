/// OpenAI's Chat Completions API, and what others make of it.
enum OpenAIChat {
  static func body(_ conversation: ModelConversation) -> [UInt8] {
    func message(_ role: String, _ text: String) -> String {
      RequestText.object([("role", RequestText.string(role)), ("content", RequestText.string(text))])
    }
    let turns = conversation.turns.map { message($0.isModel ? "assistant" : "user", $0.text) }
    return Array(
      RequestText.object([
        ("model", RequestText.string(conversation.model)),
        ("messages", RequestText.list([message("system", conversation.system)] + turns)),
        // The name that every compatible server knows.
        ("max_tokens", RequestText.number(conversation.maximumOutput)), ("stream", "false"),
      ]).utf8)
  }

  static func answer(_ root: ReplyValue) -> ModelAnswer? {
    guard let choice = root["choices"].items.first else { return nil }
    let message = choice["message"]
    var answer = ModelAnswer()
    answer.reasoning = message["reasoning_content"].text ?? message["reasoning"].text ?? ""
    answer.text = message["content"].text ?? ""
    for part in message["content"].items { answer.text += part["text"].text ?? "" }
    takeThought(&answer)
    let usage = root["usage"]
    answer.tokens = TokenCount(
      input: usage["prompt_tokens"].count, cached: usage["prompt_tokens_details"]["cached_tokens"].count,
      output: usage["completion_tokens"].count)
    switch choice["finish_reason"].text {
    case "length": answer.stop = .cut
    case "content_filter": answer.stop = .refused("the provider's content filter ended the answer")
    default: if let refusal = message["refusal"].text, !refusal.isEmpty { answer.stop = .refused(refusal) }
    }
    return answer
  }

  /// Local servers leave a model's thoughts in its answer, between tags; some templates swallow the first tag.
  private static func takeThought(_ answer: inout ModelAnswer) {
    guard let end = answer.text.firstRange(of: "</think>") else { return }
    let before = answer.text[..<end.lowerBound]
    // Behind a block of ours it is a part of a file.
    guard !before.contains("<<<<<<<") || before.drop(while: \.isWhitespace).hasPrefix("<think>") else { return }
    answer.reasoning += before.replacing("<think>", with: "", maxReplacements: 1)
    answer.text = String(answer.text[end.upperBound...])
  }
}
