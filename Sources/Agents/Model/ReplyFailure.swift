/// What an answer with another status than 200 means.
///
/// The words are the API's own, cut; the gateway's begin with `belljar:`.
struct ReplyFailure {
  let end: AgentEnd
  /// Whether the same request may well pass a moment later, and costs nothing till then.
  let isPassing: Bool

  init(_ reply: ModelReply) {
    let error = Self.error(reply.body)
    let said = error.message.isEmpty ? "no reason given" : error.message
    let message = "the API answered \(reply.status): \(said)"
    isPassing = [500, 503, 529].contains(reply.status)
    switch reply.status {
    case 401, 403: end = .authentication(message)
    case 402: end = .budget(message)
    case 400 where said.contains("credit balance is too low"): end = .budget(message)
    case 429:
      // The gateway's own answer where the budget is used up, in the shape of each API.
      let isSpent = said.hasPrefix("belljar:") && reply.header("x-should-retry") == "false"
      let isOut = error.kinds.contains { $0 == "insufficient_quota" || $0 == "billing_error" }
      end = isSpent || isOut ? .budget(message) : .usageLimit(message, until: Self.limitEnd(reply))
    case 408, 500..<600: end = .network(message)
    default: end = .crashed(message)
    }
  }

  /// The shapes of all these APIs: `{"error": {"message", "type", "code", "status"}}`, or a text in its place.
  private static func error(_ body: [UInt8]) -> (message: String, kinds: [String]) {
    guard let root = try? ReplyValue(body) else {
      return (shown(String(decoding: body.prefix(300), as: UTF8.self)), [])
    }
    let error = root["error"]
    let message = error["message"].text ?? error.text ?? root["message"].text ?? root["detail"].text ?? ""
    return (shown(message), ["type", "code", "status"].compactMap { error[$0].text })
  }

  /// One line without control characters.
  private static func shown(_ text: String) -> String {
    var shown = ""
    for scalar in text.unicodeScalars.prefix(500) {
      let isControl = scalar.value < 32 || (127..<160).contains(scalar.value)
      shown.unicodeScalars.append(isControl ? " " : scalar)
    }
    return shown
  }

  private static func limitEnd(_ reply: ModelReply) -> UsageLimitEnd? {
    if let milliseconds = reply.header("retry-after-ms").flatMap(Double.init), isSensible(milliseconds / 1000) {
      return .after(milliseconds / 1000)
    }
    if let seconds = reply.header("retry-after").flatMap(Double.init), isSensible(seconds) { return .after(seconds) }
    // Of a subscription: when its five hours or its week are over.
    if let moment = reply.header("anthropic-ratelimit-unified-reset").flatMap(Double.init), isSensible(moment) {
      return .at(moment)
    }
    // Gemini says it in its body: {"@type": ".../google.rpc.RetryInfo", "retryDelay": "34s"}.
    guard let root = try? ReplyValue(reply.body) else { return nil }
    for detail in root["error"]["details"].items {
      if let delay = detail["retryDelay"].text, delay.hasSuffix("s"), let seconds = Double(delay.dropLast()),
        isSensible(seconds)
      {
        return .after(seconds)
      }
    }
    return nil
  }

  private static func isSensible(_ seconds: Double) -> Bool { seconds >= 0 && seconds < 1e11 }
}
