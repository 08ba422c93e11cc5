import Egress
import EgressNIO
import NIOCore
import NIOPosix
import Testing

@Suite("The proxy", .serialized, .timeLimit(.minutes(5))) struct ProxyTests {
  private func policy(_ hosts: String...) throws -> EgressPolicy {
    EgressPolicy(hosts: try hosts.map { try HostPattern($0) })
  }

  /// Answers each request with what it was.
  private func echo(tls: Bool = false) async throws -> StandIn {
    try await StandIn(tls: tls) { connection in
      while true {
        let (head, body) = try await connection.message()
        let said = head + body
        try await connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(said.utf8.count)\r\n\r\n\(said)")
      }
    }
  }

  @Test("CONNECT to an allowed host is a tunnel, with the same name in its hello")
  func tunnel() async throws {
    let server = try await echo(tls: true)
    let doors = try Doors(policy: try policy("api.example.com"), network: network([443: server.port]))
    let answer = try await Connection.open(doors.proxy) { client in
      try await client.write("CONNECT api.example.com:443 HTTP/1.1\r\nHost: api.example.com:443\r\n\r\n")
      #expect(try await client.take(until: "\r\n\r\n").hasPrefix("HTTP/1.1 200 "))
      try await client.startTLS("api.example.com")
      try await client.write("GET /x HTTP/1.1\r\nHost: api.example.com\r\n\r\n")
      return try await client.message().body
    }
    #expect(answer.hasPrefix("GET /x"))
    let record = try await doors.records.all()[0]
    #expect(record.verdict == .allowed)
    #expect(record.host == "api.example.com" && record.port == 443 && record.method == "CONNECT")
    #expect(record.sent > 300 && record.received > 300)
  }

  @Test("plain HTTP goes through, without what is for the proxy alone")
  func plain() async throws {
    let server = try await echo()
    let doors = try Doors(policy: try policy("*.example.com"), network: network([80: server.port]))
    let (head, body) = try await Connection.open(doors.proxy) { client in
      try await client.write(
        """
        POST http://api.example.com/a?b=c HTTP/1.1\r
        Host: api.example.com\r
        Proxy-Authorization: Basic c2VjcmV0\r
        Proxy-Connection: keep-alive\r
        Connection: X-Hop\r
        X-Hop: 1\r
        X-Kept: 2\r
        Content-Length: 5\r
        \r
        hello
        """)
      return try await client.message()
    }
    #expect(head.contains("200 OK") && head.lowercased().contains("connection: close"))
    #expect(body.hasPrefix("POST /a?b=c HTTP/1.1\r\n") && body.hasSuffix("hello"))
    #expect(body.lowercased().contains("x-kept: 2"))
    for gone in ["proxy-", "x-hop", "secret"] { #expect(!body.lowercased().contains(gone), "\(body)") }
    #expect(try await doors.records.all()[0].status == 200)
  }

  @Test(
    "what isn't allowed is refused with the reason",
    arguments: [
      (
        "CONNECT other.org:443 HTTP/1.1\r\nHost: other.org\r\n\r\n", "403", "not allowed here; allowed: api.example.com"
      ),
      ("CONNECT api.example.com:22 HTTP/1.1\r\nHost: x\r\n\r\n", "403", "port 22 is not allowed"),
      ("CONNECT 93.184.215.14:443 HTTP/1.1\r\nHost: x\r\n\r\n", "403", "an address"),
      ("CONNECT [::1]:443 HTTP/1.1\r\nHost: x\r\n\r\n", "403", "an address"),
      ("CONNECT 0x7f000001:443 HTTP/1.1\r\nHost: x\r\n\r\n", "403", "an address"),
      ("CONNECT inside.example.com:443 HTTP/1.1\r\nHost: x\r\n\r\n", "403", "not public"),
      ("CONNECT served.example.com:443 HTTP/1.1\r\nHost: x\r\n\r\n", "403", "through the gateway only"),
      ("CONNECT nowhere.example.com:443 HTTP/1.1\r\nHost: x\r\n\r\n", "502", "no such name"),
      ("GET / HTTP/1.1\r\nHost: api.example.com\r\n\r\n", "400", "this is a proxy"),
      ("GET http://api.example.com/ HTTP/1.1\r\nHost: other.org\r\n\r\n", "400", "the Host header"),
      ("GET http://user@api.example.com/ HTTP/1.1\r\nHost: api.example.com\r\n\r\n", "403", "no host's name"),
      ("GET http://api.example.com/ HTTP/1.1\r\nHost: api.example.com\r\nHost: api.example.com\r\n\r\n", "400", "Host"),
      (
        "POST http://api.example.com/ HTTP/1.1\r\nHost: api.example.com\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "400", ""
      ),
      (
        "POST http://api.example.com/ HTTP/1.1\r\nHost: api.example.com\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
        "400", ""
      ),
      ("GET\u{1} nonsense\r\n\r\n", "400", "no HTTP request"),
    ])
  func refused(request: String, status: String, reason: String) async throws {
    let names = [
      "inside.example.com": ["10.0.0.1", "127.0.0.1", "169.254.169.254", "::1"], "served.example.com": [publicAddress],
    ]
    let upstream = try Upstream(.anthropic, base: "https://served.example.com", credential: .none)
    let doors = try Doors(
      policy: try policy("api.example.com", "inside.example.com", "served.example.com", "nowhere.example.com"),
      gateway: .init(upstreams: [upstream], account: try SpendAccount(), prices: try .builtIn()),
      network: network([:], names: names))
    let answer = try await Connection.open(doors.proxy) { client in
      try await client.write(request)
      return await client.toEnd()
    }
    #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(answer)")
    #expect(answer.contains(reason), "\(answer)")
    let record = try await doors.records.all()[0]
    #expect(record.verdict != .allowed)
  }

  @Test(
    "a tunnel that isn't TLS for the same host is closed and logged",
    arguments: [
      ("front", "names 'other.org'"), ("none", "names no server"), ("plain", "not TLS"), ("nothing", "closed before"),
    ])
  func fronting(kind: String, reason: String) async throws {
    let server = try await StandIn { connection in
      let text = await connection.toEnd()
      #expect(text.isEmpty, "\(text.utf8.count) bytes arrived")
    }
    let doors = try Doors(policy: try policy("api.example.com"), network: network([443: server.port]))
    try await Connection.open(doors.proxy) { client in
      try await client.write("CONNECT api.example.com:443 HTTP/1.1\r\nHost: api.example.com\r\n\r\n")
      _ = try await client.take(until: "\r\n\r\n")
      switch kind {
      case "front": try await client.write(ClientHelloTests.hello("other.org"))
      case "none": try await client.write(ClientHelloTests.hello(nil))
      case "plain": try await client.write("GET / HTTP/1.1\r\nHost: api.example.com\r\n\r\n")
      default: try await client.channel.close(mode: .output)
      }
      _ = await client.toEnd()
    }
    let record = try await doors.records.all()[0]
    #expect(record.verdict.description.contains(reason), "\(record.verdict)")
    guard case .refused = record.verdict else { throw TestFailure("\(record.verdict)") }
  }

  @Test("a hello that comes with the CONNECT, or a byte at a time, works too")
  func early() async throws {
    let server = try await StandIn { connection in
      try await connection.write(try await connection.take(5))
    }
    let doors = try Doors(policy: try policy("api.example.com"), network: network([443: server.port]))
    let hello = try ClientHelloTests.hello("api.example.com")
    for pieces in [hello.count, 64, 1] {
      let answer = try await Connection.open(doors.proxy) { client in
        try await client.write("CONNECT api.example.com:443 HTTP/1.1\r\nHost: api.example.com\r\n\r\n")
        for at in stride(from: 0, to: hello.count, by: pieces) {
          try await client.write(Array(hello[at..<min(at + pieces, hello.count)]))
        }
        _ = try await client.take(until: "\r\n\r\n")
        return try await client.take(5)
      }
      #expect(answer == Array(hello.prefix(5)))
    }
  }

  @Test("a name is looked up once, and what was checked is what is connected to")
  func rebinding() async throws {
    let server = try await echo()
    let resolver = Rebinding()
    var way = network([80: server.port])
    way.resolver = resolver
    let doors = try Doors(policy: try policy("api.example.com"), network: way)
    for expected in ["HTTP/1.1 200", "HTTP/1.1 403"] {
      let answer = try await Connection.open(doors.proxy) { client in
        try await client.write("GET http://api.example.com/ HTTP/1.1\r\nHost: api.example.com\r\n\r\n")
        return await client.toEnd()
      }
      #expect(answer.hasPrefix(expected), "\(answer)")
    }
    #expect(resolver.asked == 2)
  }

  @Test("a second request on the connection isn't looked at")
  func pipelined() async throws {
    let server = try await echo()
    let doors = try Doors(policy: try policy("api.example.com"), network: network([80: server.port]))
    let request = "GET http://api.example.com/1 HTTP/1.1\r\nHost: api.example.com\r\n\r\n"
    let answer = try await Connection.open(doors.proxy) { client in
      try await client.write(request + request.replacing("/1 ", with: "/2 "))
      return await client.toEnd()
    }
    #expect(answer.contains("GET /1") && !answer.contains("GET /2"), "\(answer)")
    #expect(try await doors.records.all().count == 1)
  }

  @Test("a slow head and an idle tunnel end by themselves, and huge heads are refused")
  func slow() async throws {
    let server = try await StandIn { connection in _ = await connection.toEnd() }
    var policy = try policy("api.example.com")
    policy.limits.head = .seconds(1)
    policy.limits.idleTunnel = .milliseconds(200)
    let doors = try Doors(policy: policy, network: network([443: server.port]))
    try await Connection.open(doors.proxy) { client in
      try await client.write("CONNECT api.exa")
      #expect(await client.toEnd().isEmpty)
    }
    try await Connection.open(doors.proxy) { client in
      try await client.write("CONNECT api.example.com:443 HTTP/1.1\r\nHost: x\r\n\r\n")
      _ = try await client.take(until: "\r\n\r\n")
      try await client.write(ClientHelloTests.hello("api.example.com"))
      _ = await client.toEnd()
    }
    let verdict = try await doors.records.all()[0].verdict
    #expect(verdict.description.contains("nothing was sent"), "\(verdict)")
    try await Connection.open(doors.proxy) { client in
      let line = "X-Padding: " + String(repeating: "x", count: 8000) + "\r\n"
      try await client.write("GET http://api.example.com/ HTTP/1.1\r\n")
      for _ in 0..<50 { do { try await client.write(line) } catch { break } }
      #expect(await client.toEnd().hasPrefix("HTTP/1.1 400 "))
    }
  }

  @Test("more connections than allowed wait, and are served later")
  func many() async throws {
    let server = try await echo()
    var policy = try policy("api.example.com")
    policy.limits.connections = 2
    policy.limits.head = .seconds(1)
    let doors = try Doors(policy: policy, network: network([80: server.port]))
    let served = try await withThrowingTaskGroup(of: Bool.self) { group in
      for index in 0..<5 {
        group.addTask {
          try await Connection.open(doors.proxy) { client in
            // Two say nothing at all.
            guard index < 3 else { return await client.toEnd() == "" }
            try await client.write("GET http://api.example.com/ HTTP/1.1\r\nHost: api.example.com\r\n\r\n")
            return await client.toEnd().hasPrefix("HTTP/1.1 200")
          }
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(served == Array(repeating: true, count: 5))
  }
}

/// A public address at first, then one of the machine's own.
private final class Rebinding: NameResolver {
  private let count = CallCount()
  var asked: Int { count.value }

  func addresses(of name: HostName) throws(ResolutionError) -> [IPAddress] {
    let text = count.next() == 1 ? publicAddress : "127.0.0.1"
    return [IPAddress(text)].compactMap(\.self)
  }
}
