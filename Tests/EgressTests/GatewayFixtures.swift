import Egress
import Synchronization
import TestCertificate

/// A gateway before a stand-in of an API.
final class GatewayFixture: Sendable {
  static let key = "sk-canary-4f1c0a2b9d"
  let doors: Doors
  let account: SpendAccount
  let standIn: StandIn
  private let folder: Folder

  /// - Parameters:
  ///   - budget: In USD, of the loop.
  ///   - model: Its price is 1 USD per million tokens of input and 10 of output.
  init(
    budget: Double? = nil, features: Set<APIFeature> = [], limits: EgressLimits = EgressLimits(), tls: Bool = false,
    kind: Credential.Kind = .apiKey, pass: String? = nil, journal: String? = nil,
    _ serve: @escaping @Sendable (Connection) async throws -> Void
  ) async throws {
    folder = try Folder()
    standIn = try await StandIn(tls: tls, serve)
    account = try SpendAccount(
      limits: .init(loop: budget.map { USD($0) }), journal: budget == nil ? nil : journal ?? folder.path + "/spend")
    let base = tls ? "https://api.example.com" : "http://api.example.com"
    let credential = try Credential(kind, from: .value(Self.key))
    let upstreams = try [
      Upstream(.anthropic, base: base, credential: credential),
      Upstream(.openAI, base: base + "/openai/v1", credential: credential),
      Upstream(.gemini, base: base, credential: credential),
    ]
    let prices = try PriceTable(
      "date: 2026-11-21\nmodels:\n  - {names: [\"m*\"], input: 1, output: 10}\n", file: "prices.yaml")
    var policy = EgressPolicy(features: features)
    policy.limits = limits
    doors = try Doors(
      policy: policy, gateway: .init(upstreams: upstreams, account: account, prices: prices, pass: pass),
      network: network(
        [80: standIn.port, 443: standIn.port], authorities: tls ? try Certificate.file(in: folder) : nil))
  }

  /// One request, and its answer.
  func post(_ path: String, _ body: String, headers: String = "") async throws -> (head: String, body: String) {
    try await Connection.open(doors.gateway) { client in
      try await client.write(Self.request(path, body, headers: headers))
      return try await client.message()
    }
  }

  static func request(_ path: String, _ body: String, headers: String = "") -> String {
    "POST \(path) HTTP/1.1\r\nHost: gateway\r\n\(headers)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
  }
}

/// Answers in the shapes of the APIs.
enum Answers {
  static func json(_ body: String, status: String = "200 OK", headers: String = "") -> String {
    "HTTP/1.1 \(status)\r\nContent-Type: application/json\r\n\(headers)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
  }

  static let streamHead =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n"

  static func chunk(_ text: String) -> String { String(text.utf8.count, radix: 16) + "\r\n\(text)\r\n" }

  static let lastChunk = "0\r\n\r\n"

  static func messageStart(input: Int) -> String {
    "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"x\",\"usage\":{\"input_tokens\":\(input),\"output_tokens\":1}}}\n\n"
  }

  static func messageEnd(output: Int) -> String {
    "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":\(output)}}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"
  }

  static func message(input: Int, output: Int) -> String {
    "{\"type\":\"message\",\"content\":[],\"usage\":{\"input_tokens\":\(input),\"output_tokens\":\(output)}}"
  }
}

/// What a stand-in was asked.
final class Asked: Sendable {
  private let list = Mutex<[(head: String, body: String)]>([])
  var all: [(head: String, body: String)] { list.withLock { $0 } }
  func add(_ one: (head: String, body: String)) { list.withLock { $0.append(one) } }
}
