import Egress
import NIOHTTP1
import Testing

@testable import EgressNIO

@Suite("When an API's limit ends") struct RateLimitTests {
  private static let now = 1_795_273_200.0

  private static let answers: [(headers: HTTPHeaders, end: Double?)] = [
    (["retry-after": "30"], now + 30),
    (
      ["anthropic-ratelimit-unified-status": "rejected", "anthropic-ratelimit-unified-reset": "1795277213"],
      1_795_277_213
    ),
    (
      [
        "anthropic-ratelimit-unified-status": "rejected", "anthropic-ratelimit-unified-reset": "1795277213",
        "retry-after": "5",
      ], 1_795_277_213
    ),
    (["anthropic-ratelimit-unified-status": "allowed", "anthropic-ratelimit-unified-reset": "1795277213"], nil),
    (["anthropic-ratelimit-unified-status": "rejected", "anthropic-ratelimit-unified-reset": "1e300"], nil),
    (["retry-after": "-1"], nil), (["retry-after": "inf"], nil), (["retry-after": "nan"], nil),
    (["retry-after": "Wed, 21 Oct 2027 07:28:00 GMT"], nil), ([:], nil),
  ]

  @Test("headers", arguments: answers)
  func end(headers: HTTPHeaders, end: Double?) { #expect(RateLimit.end(headers, now: Self.now) == end) }
}
