internal import Egress
internal import Glibc
internal import NIOHTTP1

/// When an API's limit ends, by the headers of its answer.
enum RateLimit {
  /// Further away no word is believed.
  private static let farthest = 366 * 86400.0

  /// - Returns: Seconds since 1970; nil where it isn't said.
  static func end(_ headers: HTTPHeaders) -> Double? {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return end(headers, now: Double(time.tv_sec))
  }

  static func end(_ headers: HTTPHeaders, now: Double) -> Double? {
    // Of a subscription, as a moment; the API itself says to try again much earlier.
    if headers.first(name: "anthropic-ratelimit-unified-status") == "rejected",
      let moment = headers.first(name: "anthropic-ratelimit-unified-reset").flatMap({ Double($0) }),
      (now - 60...now + farthest).contains(moment)
    {
      return moment
    }
    guard let seconds = headers.first(name: "retry-after").flatMap({ Double($0) }), (0...farthest).contains(seconds)
    else { return nil }
    return now + seconds
  }
}
