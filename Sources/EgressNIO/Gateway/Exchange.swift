internal import Egress
internal import NIOCore

/// One request on its way to an API, and its answer.
final class Exchange {
  let route: Route
  let upstream: Upstream
  let approved: GatewayContext.Approved
  let headers: [(String, String)]
  var record: EgressRecord
  var reader: AnswerReader?
  var answered = 0
  /// Whether the API can have begun to work.
  var isSent = false
  var status = 0
  var keepsConnection = false

  init(
    _ route: Route, _ upstream: Upstream, _ approved: GatewayContext.Approved, headers: [(String, String)],
    record: EgressRecord
  ) {
    self.route = route
    self.upstream = upstream
    self.approved = approved
    self.headers = headers
    self.record = record
  }

  /// What a whole answer cost: nothing where the API refused, nil where it isn't known.
  func cost() -> (cost: USD?, usage: TokenUsage?) {
    switch status {
    case 200..<300:
      guard let usage = reader?.end() else { return (nil, nil) }
      return (approved.price?.cost(of: usage) ?? .zero, usage)
    // Overloaded, or failed before a model began. A gateway's 502 or 504 says nothing about what is behind it.
    case 400..<500, 500, 503, 529: return (.zero, nil)
    default: return (nil, nil)
    }
  }
}
