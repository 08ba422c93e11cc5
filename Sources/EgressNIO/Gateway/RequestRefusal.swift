internal import Egress
internal import NIOHTTP1
internal import Scoring

/// A request that the gateway answers by itself, in the API's own shape, so that its client understands.
struct RequestRefusal: Error, Sendable {
  enum Kind: Sendable {
    /// Wrong in itself, or against the rules.
    case invalid
    case notFound
    case tooLarge
    /// The cost budget is used up, for good.
    case exhausted
    /// Try again soon.
    case busy
    /// The API can't be reached, or didn't answer as one.
    case upstream
    /// The API doesn't take the key.
    case credential
    /// Belljar's own failure.
    case own
  }

  let kind: Kind
  let message: String

  init(_ kind: Kind, _ message: String) {
    self.kind = kind
    self.message = message
  }

  var isRefusal: Bool {
    switch kind {
    case .invalid, .notFound, .tooLarge, .exhausted, .busy: true
    case .upstream, .credential, .own: false
    }
  }

  func status(for api: ModelAPI?) -> HTTPResponseStatus {
    switch kind {
    case .invalid: .badRequest
    case .notFound: .notFound
    case .tooLarge: .payloadTooLarge
    // Its own clients end at these instead of trying again.
    case .exhausted: api == .anthropic ? .paymentRequired : .tooManyRequests
    case .busy: .tooManyRequests
    case .upstream: .badGateway
    case .credential: .unauthorized
    case .own: .internalServerError
    }
  }

  func headers(_ length: Int) -> HTTPHeaders {
    var headers: HTTPHeaders = ["content-type": "application/json", "content-length": "\(length)"]
    switch kind {
    case .busy: headers.add(name: "retry-after", value: "2")
    case .invalid, .notFound, .tooLarge, .exhausted, .credential: headers.add(name: "x-should-retry", value: "false")
    case .upstream, .own: break
    }
    return headers
  }

  func body(for api: ModelAPI?) -> String {
    // Whoever unpacks it may print it, so control characters don't come along as escapes either.
    let plain = String(
      String.UnicodeScalarView(
        message.unicodeScalars.map { $0.value < 32 || (127..<160).contains($0.value) ? " " : $0 }))
    let text = StrictJSON.quoted("belljar: " + plain)
    switch api {
    case .anthropic?, nil:
      let type =
        switch kind {
        case .invalid: "invalid_request_error"
        case .notFound: "not_found_error"
        case .tooLarge: "request_too_large"
        case .exhausted: "billing_error"
        case .busy: "rate_limit_error"
        case .credential: "authentication_error"
        case .upstream, .own: "api_error"
        }
      return "{\"type\":\"error\",\"error\":{\"type\":\"\(type)\",\"message\":\(text)}}"
    case .openAI?:
      let (type, code) =
        switch kind {
        case .invalid, .notFound, .tooLarge: ("invalid_request_error", "null")
        case .exhausted: ("insufficient_quota", "\"insufficient_quota\"")
        case .busy: ("rate_limit_error", "\"rate_limit_exceeded\"")
        case .credential: ("invalid_request_error", "\"invalid_api_key\"")
        case .upstream, .own: ("server_error", "null")
        }
      return "{\"error\":{\"message\":\(text),\"type\":\"\(type)\",\"param\":null,\"code\":\(code)}}"
    case .gemini?:
      let name =
        switch kind {
        case .invalid, .tooLarge: "INVALID_ARGUMENT"
        case .notFound: "NOT_FOUND"
        case .exhausted, .busy: "RESOURCE_EXHAUSTED"
        case .credential: "UNAUTHENTICATED"
        case .upstream, .own: "UNAVAILABLE"
        }
      return "{\"error\":{\"code\":\(status(for: api).code),\"message\":\(text),\"status\":\"\(name)\"}}"
    }
  }
}
