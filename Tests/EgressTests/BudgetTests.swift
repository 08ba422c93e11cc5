import Egress
import EgressNIO
import Testing

@Suite("The cost budget", .serialized, .timeLimit(.minutes(5))) struct BudgetTests {
  private static func message(_ maximum: Int, _ more: String = "") -> String {
    #"{"model":"m1","max_tokens":\#(maximum)\#(more),"stream":true,"messages":[]}"#
  }

  @Test("an agent that would spend for ever, through eight streams of which some are aborted, ends within 0.10 USD")
  func forEver() async throws {
    let folder = try Folder()
    // What the API counts itself: 1 USD per million tokens in, 10 out.
    let counted = CallCount()
    for round in 0..<3 {
      let fixture = try await GatewayFixture(budget: 0.1, journal: folder.path + "/spend") { connection in
        while true {
          let asked = try await connection.message()
          let maximum = asked.body.firstMatch(of: #/"max_tokens":(\d+)/#).flatMap { Int($0.1) } ?? 0
          let input = asked.body.utf8.count / 3
          // Billed whether or not anybody hears of it.
          counted.add(input + maximum * 10)
          try await connection.write(Answers.streamHead + Answers.chunk(Answers.messageStart(input: input)))
          try await Task.sleep(for: .milliseconds(2))
          try await connection.write(Answers.chunk(Answers.messageEnd(output: maximum)) + Answers.lastChunk)
        }
      }
      let ends = try await withThrowingTaskGroup(of: String.self) { group in
        for index in 0..<8 {
          group.addTask { try await Self.spend(fixture, aborts: index % 3 == 0, rounds: round == 2 ? 400 : 2) }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      // The last round goes on until nothing is left.
      if round == 2 { #expect(ends.contains { $0.contains("billing_error") && $0.contains("used up") }, "\(ends)") }
      fixture.doors.server.stop()
      #expect(fixture.account.totals.spent <= USD(0.1))
      #expect(USD(1e-6) * counted.value <= USD(0.1), "\(counted.value) millionths")
    }
    #expect(counted.value > 50_000, "\(counted.value) millionths")
  }

  /// Asks until it is told that nothing is left.
  private static func spend(_ fixture: GatewayFixture, aborts: Bool, rounds: Int) async throws -> String {
    for round in 0..<rounds {
      let end = try await Connection.open(fixture.doors.gateway) { client -> String? in
        try await client.write(GatewayFixture.request("/v1/messages", message(700)))
        if aborts, round.isMultiple(of: 2) {
          let head = try await client.take(until: "\r\n\r\n")
          if head.contains(" 200 ") { _ = try? await client.take(until: "message_start") }
          return nil
        }
        guard let answer = try? await client.message() else { return nil }
        return answer.head.contains(" 402 ") ? answer.body : nil
      }
      if let end { return end }
      try await Task.sleep(for: .milliseconds(1))
    }
    return ""
  }

  @Test("a client that leaves with the last event pays what it cost", arguments: [true, false]) func leaves(
    isLast: Bool
  ) async throws {
    let fixture = try await GatewayFixture(budget: 1) { connection in
      _ = try await connection.message()
      let answer =
        Answers.chunk(Answers.messageStart(input: 10)) + (isLast ? Answers.chunk(Answers.messageEnd(output: 7)) : "")
      try await connection.write(Answers.streamHead + answer)
      // The stream itself has no end.
      try await Task.sleep(for: .seconds(5))
    }
    try await Connection.open(fixture.doors.gateway) { client in
      try await client.write(GatewayFixture.request("/v1/messages", Self.message(700)))
      _ = try await client.take(until: isLast ? "message_stop" : "message_start")
    }
    let record = try #require(try await fixture.doors.records.all().first)
    if isLast {
      #expect(record.verdict == .allowed)
      #expect(record.usage?.output == 7)
      #expect(fixture.account.totals.spent == USD(10e-6 + 70e-6))
    } else {
      #expect(record.verdict != .allowed)
      #expect(fixture.account.totals.spent > USD(0.007))
    }
  }

  @Test(
    "a stream that is lost costs what was set aside", arguments: ["aborted", "closed", "no end", "nonsense", "silent"])
  func lost(how: String) async throws {
    var limits = EgressLimits()
    if how == "silent" { limits.silence = .seconds(1) }
    let fixture = try await GatewayFixture(budget: 1, limits: limits) { connection in
      _ = try await connection.message()
      try await connection.write(Answers.streamHead + Answers.chunk(Answers.messageStart(input: 10)))
      switch how {
      case "closed": return
      case "no end": try await connection.write(Answers.lastChunk)
      case "nonsense":
        try await connection.write(
          Answers.chunk("data: {\"type\":\"message_delta\",\"usage\":{{{\n\n") + Answers.lastChunk)
      default: _ = await connection.toEnd()
      }
    }
    try await Connection.open(fixture.doors.gateway) { client in
      try await client.write(GatewayFixture.request("/v1/messages", Self.message(1000)))
      _ = try await client.take(until: "message_start")
      if how == "aborted" { return }
      if how == "no end" || how == "nonsense" {
        _ = try await client.take(until: "0\r\n\r\n")
      } else {
        _ = await client.toEnd()
      }
    }
    let record = try await fixture.doors.records.all()[0]
    // 10,000 millionths for the output, and the input by its bytes.
    #expect(try #require(record.cost) > USD(0.01) && record.usage == nil, "\(record)")
    #expect(fixture.account.totals.spent == record.cost)
    #expect(fixture.account.totals.underWay == .zero)
  }

  @Test("a model without a price is refused under a budget, and passes without")
  func unpriced() async throws {
    let serve: @Sendable (Connection) async throws -> Void = { connection in
      _ = try await connection.message()
      try await connection.write(Answers.json(Answers.message(input: 1, output: 1)))
    }
    let body = Self.message(9).replacing("m1", with: "other")
    let limited = try await GatewayFixture(budget: 1, serve)
    let answer = try await limited.post("/v1/messages", body)
    #expect(
      answer.head.hasPrefix("HTTP/1.1 400") && answer.body.contains("'other' has no price in the table of 2026-11-21"))
    let open = try await GatewayFixture(serve)
    #expect(try await open.post("/v1/messages", body).head.hasPrefix("HTTP/1.1 200"))
  }

  @Test(
    "the maximum of output is lowered to what is left, and written in where it is missing",
    arguments: [
      (
        "/v1/messages", #"{"model":"m1", "max_tokens" : 32000 ,"messages":[]}"#,
        #"{"model":"m1", "max_tokens" : N ,"messages":[]}"#
      ),
      ("/v1/responses", #"{"model":"m1","input":"x"}"#, #"{"max_output_tokens":N,"model":"m1","input":"x"}"#),
      (
        "/v1/chat/completions", #"{"model":"m1","messages":[]}"#,
        #"{"max_completion_tokens":N,"model":"m1","messages":[]}"#
      ),
      (
        "/v1/chat/completions", #"{"model":"m1","max_tokens":9e4,"messages":[]}"#,
        #"{"model":"m1","max_tokens":N,"messages":[]}"#
      ),
      (
        "/v1beta/models/m1:generateContent", #"{"contents":[]}"#,
        #"{"generationConfig":{"maxOutputTokens":N},"contents":[]}"#
      ),
      (
        "/v1beta/models/m1:generateContent", #"{"contents":[],"generation_config":{}}"#,
        #"{"contents":[],"generation_config":{"maxOutputTokens":N}}"#
      ),
      (
        "/v1beta/models/m1:generateContent", #"{"contents":[],"generationConfig":{"topP":1}}"#,
        #"{"contents":[],"generationConfig":{"maxOutputTokens":N,"topP":1}}"#
      ),
    ])
  func lowered(path: String, body: String, expected: String) async throws {
    let asked = Asked()
    let fixture = try await GatewayFixture(budget: 0.05) { connection in
      asked.add(try await connection.message())
      try await connection.write(Answers.json("{}"))
    }
    #expect(try await fixture.post(path, body).head.hasPrefix("HTTP/1.1 200"))
    let sent = try #require(asked.all.first).body
    let parts = expected.split(separator: "N").map(String.init)
    #expect(sent.hasPrefix(parts[0]) && sent.hasSuffix(parts[1]), "\(sent)")
    let maximum = try #require(Int(sent.dropFirst(parts[0].count).dropLast(parts[1].count)), "\(sent)")
    #expect((4000..<5000).contains(maximum), "\(sent)")
    // Nothing was said about its cost, so all of it is spent now.
    #expect(fixture.account.totals.spent <= USD(0.05) && fixture.account.totals.spent > USD(0.0499))
    // The answer comes before its cost is settled: until then one would be asked to wait.
    _ = try await fixture.doors.records.all(1)
    let next = try await fixture.post(path, body)
    #expect(next.head.hasPrefix("HTTP/1.1 402") || next.head.hasPrefix("HTTP/1.1 429"), "\(next)")
    #expect(next.body.contains("0.0500 USD, is used up") && next.head.lowercased().contains("x-should-retry: false"))
  }

  @Test("while the rest is set aside for another request, one is asked to wait")
  func busy() async throws {
    let (begun, go) = (CallCount(), CallCount())
    let fixture = try await GatewayFixture(budget: 0.05) { connection in
      _ = try await connection.message()
      _ = begun.next()
      try await go.wait(for: 1)
      try await connection.write(Answers.json(Answers.message(input: 1, output: 1)))
    }
    async let first = fixture.post("/v1/messages", Self.message(32000))
    try await begun.wait(for: 1)
    let second = try await fixture.post("/v1/messages", Self.message(32000))
    #expect(second.head.hasPrefix("HTTP/1.1 429") && second.head.lowercased().contains("retry-after: 2"))
    #expect(second.body.contains("rate_limit_error"))
    _ = go.next()
    #expect(try await first.head.hasPrefix("HTTP/1.1 200"))
    #expect(try await fixture.post("/v1/messages", Self.message(32000)).head.hasPrefix("HTTP/1.1 200"))
  }

  @Test("a limit that the request sets itself is kept where thinking needs it")
  func thinking() async throws {
    let fixture = try await GatewayFixture(budget: 0.05) { _ in Issue.record("it was passed") }
    let answer = try await fixture.post(
      "/v1/messages", Self.message(32000, #","thinking":{"type":"enabled","budget_tokens":16000}"#))
    #expect(answer.head.hasPrefix("HTTP/1.1 402"), "\(answer)")
  }
}
