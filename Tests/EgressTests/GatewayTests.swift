import Egress
import Testing

@Suite("The gateway", .serialized, .timeLimit(.minutes(5))) struct GatewayTests {
  static let message = #"{"model":"m1","max_tokens":100,"messages":[{"role":"user","content":"hi"}]}"#

  @Test(
    "the worthless key goes in, the real one goes out",
    arguments: [
      ("/v1/messages?beta=true", message, "/v1/messages", "x-api-key: \(GatewayFixture.key)"),
      ("/v1/messages/count_tokens", message, "/v1/messages/count_tokens", "x-api-key: \(GatewayFixture.key)"),
      (
        "/v1/responses", #"{"model":"m1","input":"hi"}"#, "/openai/v1/responses",
        "authorization: Bearer \(GatewayFixture.key)"
      ),
      (
        "/v1/chat/completions", #"{"model":"m1","messages":[]}"#, "/openai/v1/chat/completions",
        "authorization: Bearer \(GatewayFixture.key)"
      ),
      (
        "/v1beta/models/m1:generateContent?key=worthless", #"{"contents":[]}"#, "/v1beta/models/m1:generateContent",
        "x-goog-api-key: \(GatewayFixture.key)"
      ),
      (
        "/v1beta/models/m1:streamGenerateContent?alt=sse", #"{"contents":[]}"#,
        "/v1beta/models/m1:streamGenerateContent?alt=sse", "x-goog-api-key: \(GatewayFixture.key)"
      ),
    ])
  func keys(path: String, body: String, reached: String, key: String) async throws {
    let asked = Asked()
    let fixture = try await GatewayFixture(pass: "worthless") { connection in
      asked.add(try await connection.message())
      try await connection.write(Answers.json("{}", headers: "Set-Cookie: a=b\r\nRequest-Id: r1\r\n"))
    }
    let headers =
      "X-Api-Key: worthless\r\nAuthorization: Bearer worthless\r\nCookie: c=d\r\nX-Unknown: e\r\nAnthropic-Version: 2023-06-01\r\n"
    let answer = try await fixture.post(path, body, headers: headers)
    #expect(answer.head.hasPrefix("HTTP/1.1 200") && answer.head.contains("r1"))
    #expect(!answer.head.lowercased().contains("set-cookie"))
    let got = try #require(asked.all.first)
    #expect(got.head.hasPrefix("POST \(reached) HTTP/1.1\r\n"), "\(got.head)")
    #expect(got.head.contains(key) && got.head.contains("2023-06-01"))
    for inside in ["worthless", "c=d", "X-Unknown", "x-unknown"] { #expect(!got.head.contains(inside), "\(got.head)") }
    #expect(got.body == body)
    let logged = try await fixture.doors.records.all()
    #expect(!"\(logged)".contains(GatewayFixture.key))
    #expect(logged[0].verdict == .allowed && logged[0].host == "api.example.com" && logged[0].model == "m1")
    #expect(logged[0].sent > body.utf8.count && logged[0].received > 0)
  }

  @Test("a subscription's token is a bearer's, and says so to the API")
  func bearer() async throws {
    let asked = Asked()
    let fixture = try await GatewayFixture(kind: .bearer) { connection in
      asked.add(try await connection.message())
      try await connection.write(Answers.json("{}"))
    }
    _ = try await fixture.post("/v1/messages", Self.message, headers: "anthropic-beta: a,b\r\n")
    let head = try #require(asked.all.first).head.lowercased()
    #expect(head.contains("authorization: bearer \(GatewayFixture.key)") && head.contains("oauth-2025-04-20"))
    #expect(!head.contains("x-api-key") && head.contains("a,b"))
  }

  @Test("a key is read from a value, a file or a variable, and never shown")
  func credentials() throws {
    let folder = try Folder()
    let file = try folder.write("key", "  sk-secret\n")
    for source in [Credential.Source.value("sk-secret"), .file(file), .environment("KEY")] {
      let credential = try Credential(.apiKey, from: source, environment: ["KEY": "sk-secret"])
      #expect(!"\(credential)".contains("secret"))
    }
    for source in [
      Credential.Source.value(" "), .value("sk-secret\r\nx: y"), .file(folder.path + "/no"), .environment("NO"),
    ] {
      let error = #expect(throws: EgressError.self) { try Credential(.apiKey, from: source) }
      #expect(error?.description.contains("secret") == false)
    }
  }

  @Test("over TLS the API must be who it is said to be")
  func tls() async throws {
    let fixture = try await GatewayFixture(tls: true) { connection in
      _ = try await connection.message()
      try await connection.write(Answers.json(Answers.message(input: 5, output: 7)))
    }
    #expect(try await fixture.post("/v1/messages", Self.message).head.hasPrefix("HTTP/1.1 200"))
    let other = try await GatewayFixture(budget: 1, tls: true) { connection in _ = try await connection.message() }
    // The same certificate, under a name that isn't in it.
    let upstream = try Upstream(.anthropic, base: "https://other.org", credential: .none)
    let doors = try Doors(
      gateway: .init(upstreams: [upstream], account: other.account, prices: try .builtIn()),
      network: network([443: other.standIn.port], names: ["other.org": [publicAddress]]))
    let body = Self.message.replacing("m1", with: "claude-haiku-4-5")
    let answer = try await Connection.open(doors.gateway) { client in
      try await client.write(GatewayFixture.request("/v1/messages", body))
      return try await client.message()
    }
    #expect(answer.head.hasPrefix("HTTP/1.1 502") && answer.body.contains("api_error"), "\(answer)")
    // The request had not left.
    #expect(other.account.totals.spent == .zero)
  }

  @Test(
    "what no API needs isn't passed",
    arguments: [
      "GET /v1/models", "POST /v1/files", "POST /v1/messages/batches", "POST /v1/messages/../files",
      "POST //v1/messages",
      "POST /v1/messages?beta=true&x=y", "POST /v1/responses/compact", "POST /v1/embeddings", "DELETE /v1/messages",
      "POST /v1beta/models/m1:batchGenerateContent", "POST /v1beta/models/..:generateContent",
      "POST /v1beta/cachedContents",
      "POST /v1beta/models/m%2f1:generateContent", "POST /v1beta/models/m1:streamGenerateContent",
      "CONNECT api.example.com:443",
      "POST http://api.example.com/v1/messages",
    ])
  func paths(line: String) async throws {
    let fixture = try await GatewayFixture { _ in Issue.record("it was passed") }
    let answer = try await Connection.open(fixture.doors.gateway) { client in
      try await client.write("\(line) HTTP/1.1\r\nHost: gateway\r\nContent-Length: 2\r\n\r\n{}")
      return await client.toEnd()
    }
    #expect(answer.hasPrefix("HTTP/1.1 404") && answer.contains("isn't among the calls"), "\(answer)")
  }

  @Test("without the worthless key nothing is passed, and HEAD / is answered")
  func admission() async throws {
    let fixture = try await GatewayFixture(pass: "worthless") { _ in Issue.record("it was passed") }
    let answer = try await fixture.post("/v1/messages", Self.message, headers: "x-api-key: other\r\n")
    #expect(answer.head.hasPrefix("HTTP/1.1 401") && answer.body.contains("authentication_error"))
    let head = try await Connection.open(fixture.doors.gateway) { client in
      try await client.write("HEAD / HTTP/1.1\r\nHost: gateway\r\n\r\n")
      return try await client.take(until: "\r\n\r\n")
    }
    #expect(head.hasPrefix("HTTP/1.1 200"))
  }

  @Test(
    "a stream is passed on event by event, and its tokens are counted",
    arguments: [
      (
        "/v1/messages", #"{"model":"m1","max_tokens":9,"stream":true,"messages":[]}"#,
        [
          Answers.messageStart(input: 1000), "event: ping\ndata: {\"type\":\"ping\"}\n\n",
          Answers.messageEnd(output: 200),
        ], 0.003
      ),
      (
        "/v1/responses", #"{"model":"m1","stream":true,"input":"x"}"#,
        [
          "data: {\"type\":\"response.created\"}\r\n\r\n",
          "data: {\"type\":\"response.completed\",\"response\":{\"status\":\"completed\",\"usage\":{\"input_tokens\":1000,\"input_tokens_details\":{\"cached_tokens\":400},\"output_tokens\":200}}}\r\n\r\n",
        ],
        0.003
      ),
      (
        "/v1/chat/completions", #"{"model":"m1","stream":true,"messages":[]}"#,
        [
          "data: {\"choices\":[],\"usage\":null}\n\n",
          "data: {\"choices\":[],\"usage\": null}\n\ndata: {\"choices\":[],\"usage\":{\"prompt_tokens\":1000,\"completion_tokens\":200}}\n\ndata: [DONE]\n\n",
        ],
        0.003
      ),
      (
        "/v1beta/models/m1:streamGenerateContent?alt=sse", #"{"contents":[]}"#,
        [
          "data: {\"candidates\":[{}],\"usageMetadata\":{\"promptTokenCount\":1000}}\r\n\r\n",
          "data: {\"candidates\":[{\"finishReason\":\"STOP\"}],\"usageMetadata\":{\"promptTokenCount\":1000,\"candidatesTokenCount\":150,\"thoughtsTokenCount\":50}}\r\n\r\n",
        ],
        0.003
      ),
    ])
  func streams(path: String, body: String, events: [String], cost: Double) async throws {
    let (asked, seen) = (Asked(), CallCount())
    let fixture = try await GatewayFixture { connection in
      asked.add(try await connection.message())
      try await connection.write(Answers.streamHead)
      for (index, event) in events.enumerated() {
        // Cut where it hurts.
        for piece in [event.prefix(3), event.dropFirst(3)] {
          try await connection.write(Answers.chunk(String(piece)))
        }
        // The next one only when the client has this one.
        try await seen.wait(for: index + 1)
      }
      try await connection.write(Answers.lastChunk)
    }
    let whole = try await Connection.open(fixture.doors.gateway) { client in
      try await client.write(GatewayFixture.request(path, body, headers: "Connection: close\r\n"))
      #expect(try await client.take(until: "\r\n\r\n").hasPrefix("HTTP/1.1 200"))
      for event in events {
        while !client.text.contains(event.suffix(10)) {
          guard try await client.more() else { throw TestFailure("the stream ended after \(client.text)") }
        }
        _ = seen.next()
      }
      return await client.toEnd()
    }
    for event in events { #expect(whole.contains(event.dropFirst(3).prefix(20))) }
    let record = try await fixture.doors.records.all()[0]
    #expect(record.cost == USD(cost) && record.usage?.output == 200 && record.usage?.allInput == 1000, "\(record)")
    #expect(fixture.account.totals.spent == USD(cost))
    let sent = try #require(asked.all.first).body
    #expect(!path.contains("chat") || sent.contains(#""stream_options":{"include_usage":true}"#))
  }

  @Test(
    "answers that are no stream are counted too",
    arguments: [
      ("/v1/messages", message, Answers.message(input: 3000, output: 0)),
      (
        "/v1/responses", #"{"model":"m1","input":"x"}"#,
        #"{"status":"incomplete","usage":{"input_tokens":1000,"output_tokens":200}}"#
      ),
      (
        "/v1/chat/completions", #"{"model":"m1","messages":[]}"#,
        #"{"usage":{"prompt_tokens":1000,"completion_tokens":200}}"#
      ),
      (
        "/v1beta/models/m1:generateContent", #"{"contents":[]}"#,
        #"{"candidates":[{"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":1000,"candidatesTokenCount":200}}"#
      ),
    ])
  func whole(path: String, body: String, answer: String) async throws {
    let fixture = try await GatewayFixture { connection in
      for _ in 0..<2 {
        _ = try await connection.message()
        try await connection.write(Answers.json(answer))
      }
    }
    // Twice over one connection.
    try await Connection.open(fixture.doors.gateway) { client in
      for _ in 0..<2 {
        try await client.write(GatewayFixture.request(path, body))
        #expect(try await client.message().body == answer)
      }
    }
    _ = try await fixture.doors.records.all(2)
    #expect(fixture.account.totals.spent == USD(0.006))
  }

  @Test(
    "errors of the API pass as they are, with Retry-After, and cost nothing",
    arguments: [400, 403, 413, 429, 500, 503, 529])
  func errors(status: Int) async throws {
    let fixture = try await GatewayFixture(budget: 1) { connection in
      _ = try await connection.message()
      try await connection.write(
        Answers.json(#"{"type":"error"}"#, status: "\(status) Odd", headers: "Retry-After: 7\r\n"))
    }
    let answer = try await fixture.post("/v1/messages", Self.message)
    #expect(answer.head.hasPrefix("HTTP/1.1 \(status) ") && answer.head.lowercased().contains("retry-after: 7"))
    #expect(answer.body == #"{"type":"error"}"#)
    #expect(try await fixture.doors.records.all()[0].cost == .zero)
    #expect(fixture.account.totals.spent == .zero)
  }

  @Test("what an API says about a key it doesn't take stays outside")
  func unauthorized() async throws {
    let fixture = try await GatewayFixture { connection in
      let asked = try await connection.message()
      try await connection.write(Answers.json(asked.head.replacing("\r\n", with: " "), status: "401 Unauthorized"))
    }
    let answer = try await fixture.post("/v1/messages", Self.message)
    #expect(answer.head.hasPrefix("HTTP/1.1 401") && !answer.body.contains("canary"), "\(answer)")
  }

  @Test(
    "a redirect and a packed answer are not passed on",
    arguments: [
      "HTTP/1.1 307 Elsewhere\r\nLocation: https://other.org/\r\nContent-Length: 0\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nxyz",
    ])
  func oddAnswers(answer: String) async throws {
    let fixture = try await GatewayFixture { connection in
      _ = try await connection.message()
      try await connection.write(answer)
    }
    #expect(try await fixture.post("/v1/messages", Self.message).head.hasPrefix("HTTP/1.1 502"))
  }
}
