import Egress
import EgressNIO
import Glibc
import Testing

@Suite("The client of one's own gateway", .serialized, .timeLimit(.minutes(5))) struct ModelClientTests {
  static let body = Array(GatewayTests.message.utf8)

  /// The client blocks, and must not hold a thread that the stand-in needs.
  static func post(
    _ client: ModelClient, _ path: String = "/v1/messages", _ body: [UInt8] = body,
    isCancelled: @escaping @Sendable () -> Bool = { false }
  ) async throws -> ModelClient.Answer {
    try await withCheckedThrowingContinuation { continuation in
      Call { continuation.resume(with: Result { try client.post(path, body: body, isCancelled: isCancelled) }) }.start()
    }
  }

  /// A thread for one call.
  final class Call: Sendable {
    private let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) { self.body = body }

    func start() {
      var thread = pthread_t()
      let box = Unmanaged.passRetained(self).toOpaque()
      pthread_create(
        &thread, nil,
        { box in
          guard let box else { return nil }
          Unmanaged<Call>.fromOpaque(box).takeRetainedValue().body()
          return nil
        }, box)
      pthread_detach(thread)
    }
  }

  @Test("a call passes the gateway's rules, is paid for and logged, and bears the real key outside alone")
  func passes() async throws {
    let asked = Asked()
    let fixture = try await GatewayFixture(budget: 1, pass: "worthless") { connection in
      asked.add(try await connection.message())
      try await connection.write(Answers.json(Answers.message(input: 1000, output: 100)))
    }
    let answer = try await Self.post(ModelClient(fixture.doors.server))
    #expect(answer.status == 200 && String(decoding: answer.body, as: UTF8.self).contains("1000"))
    #expect(try #require(asked.all.first).head.contains("x-api-key: \(GatewayFixture.key)"))
    #expect(fixture.account.totals.spent == USD(0.002) && fixture.account.totals.underWay == .zero)
    let record = try await fixture.doors.records.all()[0]
    #expect(record.path == "/v1/messages" && record.status == 200 && record.cost == USD(0.002))
    let refused = try await Self.post(ModelClient(fixture.doors.server), "/v1/files")
    #expect(refused.status == 404)
  }

  @Test("a streamed answer and an endless one are taken whole, or not at all")
  func bounds() async throws {
    let fixture = try await GatewayFixture { connection in
      _ = try await connection.message()
      try await connection.write(Answers.streamHead)
      for _ in 0..<100 { try await connection.write(Answers.chunk(String(repeating: "x", count: 10_000))) }
      try await connection.write(Answers.lastChunk)
    }
    var client = ModelClient(fixture.doors.server)
    #expect(try await Self.post(client).body.count == 1_000_000)
    client.most = 999_999
    await #expect(throws: ModelClient.Failure.tooLarge(999_999)) { try await Self.post(client) }
  }

  @Test("an API that stalls is given up in time, one that breaks off is told")
  func stalls() async throws {
    let stalling = try await GatewayFixture { connection in
      _ = try await connection.message()
      try await connection.write(Answers.streamHead)
      _ = try await connection.more()
    }
    var client = ModelClient(stalling.doors.server)
    client.limit = .milliseconds(300)
    await #expect(throws: ModelClient.Failure.late(.milliseconds(300))) { try await Self.post(client) }
    let breaking = try await GatewayFixture { connection in
      _ = try await connection.message()
      try await connection.write(Answers.streamHead + Answers.chunk("x"))
    }
    await #expect(throws: ModelClient.Failure.self) { try await Self.post(ModelClient(breaking.doors.server)) }
    let silent = try await GatewayFixture { _ in }
    #expect(try await Self.post(ModelClient(silent.doors.server)).status == 502)
  }

  @Test("a call that is cancelled ends, and costs what was set aside")
  func cancels() async throws {
    let asked = CallCount()
    let fixture = try await GatewayFixture(budget: 1) { connection in
      _ = try await connection.message()
      _ = asked.next()
      _ = try await connection.more()
    }
    await #expect(throws: ModelClient.Failure.cancelled) {
      try await Self.post(ModelClient(fixture.doors.server)) { asked.value > 0 }
    }
    let record = try await fixture.doors.records.all()[0]
    #expect(record.cost.map { $0 > .zero } == true && fixture.account.totals.underWay == .zero)
  }

  @Test("a server that stops ends its calls, and one that doesn't run takes none")
  func stops() async throws {
    let asked = CallCount()
    let fixture = try await GatewayFixture { connection in
      _ = try await connection.message()
      _ = asked.next()
      _ = try await connection.more()
    }
    let client = ModelClient(fixture.doors.server)
    let call = Task { try await Self.post(client) }
    try await asked.wait(for: 1)
    let server = fixture.doors.server
    await withCheckedContinuation { continuation in
      Call {
        server.stop()
        continuation.resume()
      }.start()
    }
    await #expect(throws: (any Error).self) { try await call.value }
    await #expect(throws: EgressError.self) { try await Self.post(client) }
    let proxyOnly = try Doors()
    await #expect(throws: EgressError.self) { try await Self.post(ModelClient(proxyOnly.server)) }
  }

  @Test("many calls at once are served, without a door for anybody else")
  func parallel() async throws {
    let account = try SpendAccount()
    let standIn = try await StandIn { connection in
      _ = try await connection.message()
      try await connection.write(Answers.json("{}"))
    }
    let upstream = try Upstream(.anthropic, base: "http://api.example.com", credential: .none)
    let server = EgressServer(
      policy: EgressPolicy(), gateway: .init(upstreams: [upstream], account: account, prices: try .builtIn()),
      network: network([80: standIn.port]))
    try server.start()
    defer { server.stop() }
    let client = ModelClient(server)
    let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<32 { group.addTask { try await Self.post(client).status } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(statuses == Array(repeating: 200, count: 32))
  }
}
