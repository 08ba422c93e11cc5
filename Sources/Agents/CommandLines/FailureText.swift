/// What a failure comes to, from the words of an agent or an API. What has a status or a kind of its own is told by that first.
struct FailureText {
  let text: String
  let now: Double
  private let lower: String

  /// - Parameter now: Seconds since 1970.
  init(_ text: String, now: Double) {
    // An API's message has its say in its beginning.
    self.text = String(text.prefix(2000))
    self.now = now
    lower = self.text.lowercased()
  }

  /// - Parameter status: The API's, where the agent names it apart from the text.
  func end(status: Int? = nil) -> AgentEnd {
    // The gateway's own words: what it refuses for its budget is no limit of the account.
    if has(["belljar:"]) {
      if has(["set aside for requests"]) { return .network(text) }
      if has(["cost budget", "budget is used", "more than what is left"]) { return .budget(text) }
    }
    if has(Self.unpaid) { return .authentication(text) }
    if has(Self.limits) { return usageLimit }
    switch status ?? writtenStatus {
    case 401?, 403?: return .authentication(text)
    case 402?: return .budget(text)
    case 429?: return usageLimit
    case 408?, 500?, 502?, 503?, 504?, 529?: return .network(text)
    default: break
    }
    if has(Self.refusals) { return .refused(text) }
    if has(Self.credentials) { return .authentication(text) }
    if has(Self.connections) { return .network(text) }
    return .crashed(text)
  }

  var usageLimit: AgentEnd { .usageLimit(text, until: UsageLimitTime.read(text, now: now)) }

  /// Waiting doesn't fill an account.
  private static let unpaid = [
    "credit balance is too low", "insufficient_quota", "check your plan and billing details", "billing_hard_limit",
    "payment required",
  ]
  private static let limits = [
    "usage limit", "hit your limit", "hit your session limit", "hit your weekly limit", "hit your monthly",
    "api usage limits", "rate limit", "rate_limit", "too many requests", "resource_exhausted",
    "resource has been exhausted", "exceeded your current quota", "quota exceeded", "session limit reached",
    "weekly limit reached",
  ]
  private static let refusals = [
    "content_filter", "can't help with this", "usage policy", "invalid_prompt", "flagged for", "cyber_policy",
    "prohibited_content", "safety",
  ]
  private static let credentials = [
    "invalid api key", "api key not valid", "incorrect api key", "failed to authenticate", "authentication_error",
    "unauthenticated", "unauthorized", "please run /login", "not logged in", "missing environment variable",
    "set an auth method", "permission_error", "permission_denied",
  ]
  private static let connections = [
    "overloaded", "high demand", "connection", "econnre", "enotfound", "eai_again", "etimedout", "timed out", "timeout",
    "stream disconnected", "stream closed", "fetch failed", "network", "error sending request", "unavailable",
    "at capacity", "socket hang up", "dns error",
  ]

  private func has(_ words: [String]) -> Bool { words.contains { lower.contains($0) } }

  /// The first number in the text that is an HTTP status of a failure which says what it is.
  private var writtenStatus: Int? {
    let words = lower.split { !($0.isASCII && ($0.isNumber || $0.isLetter)) }
    return words.lazy.compactMap { Int($0) }.first { Self.statuses.contains($0) }
  }

  private static let statuses: Set<Int> = [401, 402, 403, 408, 429, 500, 502, 503, 504, 529]
}
