import Egress
import NIOCore
import Testing

@Suite("Hostile peers of the gateway", .serialized, .timeLimit(.minutes(5))) struct HostilePeerTests {
  private static let message = GatewayTests.message

  @Test(
    "a client that smuggles, or speaks no HTTP, is refused and cut off",
    arguments: [
      "POST /v1/messages HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nPOST /v1/messages HTTP/1.1\r\n\r\n",
      "POST /v1/messages HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}x",
      "POST /v1/messages HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
      "POST /v1/messages HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
      "POST /v1/messages HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff1\r\n{}",
      "POST /v1/messages HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n{}",
      "POST /v1/messages HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n{}",
      "POST /v1/messages HTTP/1.1\nHost x\n\n", "\u{16}\u{3}\u{1}\u{0}\u{5}hello\r\n\r\n",
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
      "POST /v1/messages HTTP/1.1\r\nHost: x\r\nX-Big: \(String(repeating: "x", count: 20_000))\r\n\r\n",
      "POST /v1/messages HTTP/1.1\r\nHost: x\r\n\(String(repeating: "X-Many: 1\r\n", count: 2000))\r\n",
    ])
  func smuggling(bytes: String) async throws {
    let fixture = try await GatewayFixture { _ in Issue.record("it was passed") }
    let answer = try await Connection.open(fixture.doors.gateway) { client in
      try await client.write(bytes)
      return await client.toEnd()
    }
    #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 400 "), "\(answer)")
    #expect(!answer.contains("200 OK") && answer.ranges(of: "HTTP/1.1").count <= 1)
  }

  @Test("pipelined requests are answered one after another, in their order")
  func pipelined() async throws {
    let fixture = try await GatewayFixture { connection in
      for number in 1... {
        _ = try await connection.message()
        try await connection.write(Answers.json("\(number)"))
      }
    }
    try await Connection.open(fixture.doors.gateway) { client in
      try await client.write(String(repeating: GatewayFixture.request("/v1/messages", Self.message), count: 5))
      for number in 1...5 { #expect(try await client.message().body == "\(number)") }
    }
  }

  @Test("bodies beyond the limit are refused, said or sent")
  func large() async throws {
    var limits = EgressLimits()
    limits.requestBody = 100_000
    let fixture = try await GatewayFixture(limits: limits) { _ in Issue.record("it was passed") }
    for head in ["Content-Length: 100001", "Transfer-Encoding: chunked"] {
      let answer = try await Connection.open(fixture.doors.gateway) { client in
        try await client.write("POST /v1/messages HTTP/1.1\r\nHost: x\r\n\(head)\r\n\r\n")
        if head.hasPrefix("T") {
          for _ in 0..<20 {
            do { try await client.write(Answers.chunk(String(repeating: "x", count: 10_000))) } catch { break }
          }
        }
        return await client.toEnd()
      }
      #expect(answer.hasPrefix("HTTP/1.1 413 ") && answer.contains("request_too_large"), "\(answer)")
    }
  }

  @Test("slow heads and slow bodies end by themselves")
  func slow() async throws {
    var limits = EgressLimits()
    limits.head = .seconds(1)
    limits.body = .seconds(1)
    let fixture = try await GatewayFixture(limits: limits) { _ in Issue.record("it was passed") }
    for start in ["", "POST /v1/mess", "POST /v1/messages HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n{"] {
      let answer = try await Connection.open(fixture.doors.gateway) { client in
        if !start.isEmpty { try await client.write(start) }
        return await client.toEnd()
      }
      #expect(answer.isEmpty == !start.contains("{"), "\(answer)")
    }
  }

  @Test(
    "an API that stalls, breaks off, speaks no HTTP or isn't there is an error in the API's shape",
    arguments: [
      "stalls", "closes", "nonsense", "huge head",
    ])
  func upstream(how: String) async throws {
    var limits = EgressLimits()
    if how == "stalls" { limits.silence = .milliseconds(300) }
    let fixture = try await GatewayFixture(limits: limits) { connection in
      _ = try await connection.message()
      switch how {
      case "stalls": _ = await connection.toEnd()
      case "nonsense": try await connection.write("SSH-2.0-OpenSSH\r\n\r\n")
      case "huge head":
        try await connection.write("HTTP/1.1 200 OK\r\n")
        for _ in 0..<100 { try await connection.write("X-Pad: \(String(repeating: "x", count: 60_000))\r\n") }
      default: break
      }
    }
    let answer = try await fixture.post("/v1/messages", Self.message)
    #expect(answer.head.hasPrefix("HTTP/1.1 502") && answer.body.contains("api_error"), "\(answer)")
    guard case .failed = try await fixture.doors.records.all()[0].verdict else { throw TestFailure("not failed") }
  }

  @Test("a client that doesn't read holds up the API, and costs no memory")
  func backPressure() async throws {
    let written = CallCount()
    let fixture = try await GatewayFixture { connection in
      _ = try await connection.message()
      try await connection.write(
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: \(1 << 30)\r\n\r\n")
      let piece = ByteBuffer(repeating: UInt8(ascii: "x"), count: 1 << 16)
      for _ in 0..<(1 << 14) {
        try await connection.write(piece)
        _ = written.next()
      }
    }
    try await Connection.open(fixture.doors.gateway) { client in
      try await client.write(GatewayFixture.request("/v1/messages", Self.message))
      _ = try await client.take(until: "\r\n\r\n")
      var before = -1
      // Until nothing moves any more.
      while before != written.value {
        before = written.value
        try await Task.sleep(for: .milliseconds(150))
      }
    }
    let record = try await fixture.doors.records.all()[0]
    // All that the gateway has taken in it has also written: to its marks, and to the kernel's buffer behind them.
    #expect(record.received < 64 << 20, "\(record.received) bytes")
    guard case .failed = record.verdict else { throw TestFailure("\(record.verdict)") }
  }

  @Test("a stream beyond the limit is cut off")
  func endless() async throws {
    var limits = EgressLimits()
    limits.responseBody = 8 << 20
    let fixture = try await GatewayFixture(budget: 1, limits: limits) { connection in
      _ = try await connection.message()
      try await connection.write("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
      // One line without an end.
      let piece = ByteBuffer(repeating: UInt8(ascii: "x"), count: 1 << 16)
      while true { try await connection.write(piece) }
    }
    let count = try await Connection.open(fixture.doors.gateway) { client in
      try await client.write(GatewayFixture.request("/v1/messages", Self.message))
      _ = try await client.take(until: "\r\n\r\n")
      return (try? await client.count()) ?? 0
    }
    #expect(count < 10 << 20)
    #expect(try await fixture.doors.records.all()[0].verdict.description.contains("more than"))
  }

  @Test("32 MB come through the gateway and through a tunnel whole")
  func throughput() async throws {
    let size = 32 << 20
    let serve: @Sendable (Connection) async throws -> Void = { connection in
      _ = try await connection.message()
      try await connection.write(
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: \(size)\r\n\r\n")
      let line = "data: {\"type\":\"content_block_delta\"}\n\n"
      let piece = ByteBuffer(string: String(repeating: line, count: (1 << 18) / line.utf8.count))
      var left = size
      while left > 0 {
        try await connection.write(piece.getSlice(at: 0, length: min(left, piece.readableBytes)) ?? piece)
        left -= min(left, piece.readableBytes)
      }
    }
    let fixture = try await GatewayFixture(tls: true, serve)
    let clock = ContinuousClock()
    var seconds: [String: Duration] = [:]
    let began = clock.now
    let direct = try await Connection.open(fixture.standIn.port, tls: "api.example.com") { client in
      try await client.write(GatewayFixture.request("/v1/messages", Self.message))
      _ = try await client.take(until: "\r\n\r\n")
      return try await client.count(atMost: size)
    }
    seconds["direct"] = clock.now - began
    let second = clock.now
    let gateway = try await Connection.open(fixture.doors.gateway) { client in
      try await client.write(GatewayFixture.request("/v1/messages", Self.message))
      _ = try await client.take(until: "\r\n\r\n")
      return try await client.count(atMost: size)
    }
    seconds["gateway"] = clock.now - second
    let doors = try Doors(
      policy: EgressPolicy(hosts: [try HostPattern("api.example.com")]), network: network([443: fixture.standIn.port]))
    let third = clock.now
    let tunnel = try await Connection.open(doors.proxy) { client in
      try await client.write("CONNECT api.example.com:443 HTTP/1.1\r\nHost: api.example.com:443\r\n\r\n")
      _ = try await client.take(until: "\r\n\r\n")
      try await client.startTLS("api.example.com")
      try await client.write(GatewayFixture.request("/v1/messages", Self.message))
      _ = try await client.take(until: "\r\n\r\n")
      return try await client.count(atMost: size)
    }
    seconds["tunnel"] = clock.now - third
    #expect([direct, gateway, tunnel] == [size, size, size])
    // For whoever looks; nothing is asked of a busy machine.
    print("32 MB over TLS: \(seconds)")
  }
}
