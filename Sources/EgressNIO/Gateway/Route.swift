internal import Egress
internal import NIOHTTP1

/// One call of an API that passes the gateway.
enum Call: Sendable, Hashable {
  case messages
  case responses
  case chatCompletions
  case generateContent(streams: Bool)
  /// Counting tokens costs nothing.
  case countTokens(ModelAPI)

  var api: ModelAPI {
    switch self {
    case .messages: .anthropic
    case .responses, .chatCompletions: .openAI
    case .generateContent: .gemini
    case .countTokens(let api): api
    }
  }
}

/// Where a request from inside leads.
struct Route: Sendable {
  let call: Call
  /// The path at the API, behind its base URL's.
  let path: String
  /// Gemini names the model in the path.
  let model: String?

  /// - Returns: nil for whatever no API needs for this.
  init?(_ head: HTTPRequestHead) {
    guard head.method == .POST else { return nil }
    let parts = head.uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    let path = parts[0]
    let query = parts.count > 1 ? parts[1].split(separator: "&") : []
    switch path {
    case "/v1/messages": (call, self.path, model) = (.messages, String(path), nil)
    case "/v1/messages/count_tokens": (call, self.path, model) = (.countTokens(.anthropic), String(path), nil)
    case "/v1/responses": (call, self.path, model) = (.responses, "/responses", nil)
    case "/v1/chat/completions": (call, self.path, model) = (.chatCompletions, "/chat/completions", nil)
    default:
      let prefix = "/v1beta/models/"
      guard path.hasPrefix(prefix) else { return nil }
      let words = path.dropFirst(prefix.count).split(separator: ":", omittingEmptySubsequences: false)
      guard words.count == 2, !words[0].isEmpty, words[0].utf8.allSatisfy(Self.isOrdinary), words[0].first != "." else {
        return nil
      }
      switch words[1] {
      case "generateContent": call = .generateContent(streams: false)
      case "streamGenerateContent": call = .generateContent(streams: true)
      case "countTokens": call = .countTokens(.gemini)
      default: return nil
      }
      // Without it the stream is one JSON array, whose usage can't be read as it comes.
      let suffix = call == .generateContent(streams: true) ? "?alt=sse" : ""
      self.path = String(path) + suffix
      model = String(words[0])
      // The worthless key may stand there: it goes no further.
      guard query.allSatisfy({ $0 == "alt=sse" || $0.hasPrefix("key=") }) else { return nil }
      guard call != .generateContent(streams: true) || query.contains("alt=sse") else { return nil }
      return
    }
    guard query.allSatisfy({ $0 == "beta=true" }) else { return nil }
  }

  private static func isOrdinary(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
      true
    default: false
    }
  }

  /// The headers of a request that go on. Keys, cookies and whatever else is new stay behind.
  static func passedOn(_ headers: HTTPHeaders) -> HTTPHeaders {
    var kept = HTTPHeaders()
    for (name, value) in headers {
      let lower = name.lowercased()
      let isKnown =
        [
          "accept", "user-agent", "anthropic-version", "anthropic-beta", "openai-beta", "originator", "session_id",
          "session-id", "thread-id", "conversation_id", "x-app", "anthropic-dangerous-direct-browser-access",
          "x-goog-api-client",
        ]
        .contains(lower) || lower.hasPrefix("x-stainless-")
      if isKnown { kept.add(name: lower, value: value) }
    }
    kept.add(name: "content-type", value: "application/json")
    // What is packed can't be read for its usage.
    kept.add(name: "accept-encoding", value: "identity")
    return kept
  }

  /// The headers of an answer that go inside.
  static func passedIn(_ headers: HTTPHeaders) -> HTTPHeaders {
    var kept = HTTPHeaders()
    for (name, value) in headers {
      let lower = name.lowercased()
      let isKnown =
        [
          "content-type", "content-length", "retry-after", "retry-after-ms", "request-id", "x-request-id",
          "x-should-retry", "date",
        ]
        .contains(lower) || lower.hasPrefix("anthropic-ratelimit-") || lower.hasPrefix("x-ratelimit-")
        || lower.hasPrefix("x-codex-")
      if isKnown { kept.add(name: lower, value: value) }
    }
    return kept
  }
}
