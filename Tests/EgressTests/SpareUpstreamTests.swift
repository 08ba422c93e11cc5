import Egress
import EgressNIO
import Testing

@Suite("Connections to an API that stand ready", .serialized, .timeLimit(.minutes(5))) struct SpareUpstreamTests {
  private static let message = GatewayTests.message

  /// Waits until the server has ended the request, and so has left the connection to the next client.
  private func ask(_ fixture: GatewayFixture, _ number: Int) async throws -> String {
    let answer = try await fixture.post("/v1/messages", Self.message, headers: "Connection: close\r\n")
    _ = try await fixture.doors.records.all(number)
    return answer.head.prefix(12) + " " + answer.body
  }

  @Test("clients that come one after another share the connections of those before")
  func shared() async throws {
    let connections = CallCount()
    let fixture = try await GatewayFixture(tls: true) { connection in
      let own = connections.next()
      while true {
        let asked = try await connection.message()
        #expect(asked.head.contains(GatewayFixture.key))
        try await connection.write(Answers.json("\(own)"))
      }
    }
    for number in 1...12 {
      let answer = try await ask(fixture, number)
      #expect(answer.hasPrefix("HTTP/1.1 200 "))
    }
    // The server has two loops; each keeps one, and may have made another ahead while that one was still at work.
    #expect(connections.value <= 4, "\(connections.value)")
  }

  @Test("clients at the same time each have a connection of their own")
  func parallel() async throws {
    let fixture = try await GatewayFixture(tls: true) { connection in
      while true {
        let asked = try await connection.message()
        try await connection.write(Answers.json(asked.body))
      }
    }
    for _ in 0..<3 {
      try await withThrowingTaskGroup { group in
        for number in 0..<16 {
          group.addTask {
            let body = Self.message.replacing("hi", with: "number \(number)")
            let answer = try await fixture.post("/v1/messages", body)
            #expect(answer.body == body)
          }
        }
        try await group.waitForAll()
      }
    }
  }

  @Test("a connection that the API has closed isn't used any more")
  func closed() async throws {
    let connections = CallCount()
    let fixture = try await GatewayFixture(tls: true) { connection in
      _ = connections.next()
      _ = try await connection.message()
      try await connection.write(Answers.json("whole"))
    }
    for number in 1...6 {
      #expect(try await ask(fixture, number) == "HTTP/1.1 200 whole")
      try await Task.sleep(for: .milliseconds(100))
    }
    #expect(connections.value >= 6)
  }

  @Test("what an API says without being asked is never taken for the next client's answer")
  func unasked() async throws {
    let fixture = try await GatewayFixture(tls: true) { connection in
      _ = try await connection.message()
      try await connection.write(Answers.json("whole"))
      try await Task.sleep(for: .milliseconds(20))
      try await connection.write(Answers.json("slipped in"))
      _ = await connection.toEnd()
    }
    for number in 1...6 {
      #expect(try await ask(fixture, number) == "HTTP/1.1 200 whole")
      try await Task.sleep(for: .milliseconds(100))
    }
  }

  @Test("a request on a kept connection that breaks is not sent again, and costs what was set aside")
  func once() async throws {
    let asked = CallCount()
    let fixture = try await GatewayFixture(budget: 1, tls: true) { connection in
      while true {
        _ = try await connection.message()
        // Every second one is swallowed.
        guard asked.next() % 2 == 1 else { return }
        try await connection.write(Answers.json(Answers.message(input: 1, output: 1)))
      }
    }
    var failed = 0
    for number in 1...8 {
      if try await ask(fixture, number).hasPrefix("HTTP/1.1 502") { failed += 1 }
    }
    #expect(asked.value == 8 && failed == 4)
    let lost = try await fixture.doors.records.all(8).filter { $0.status == 0 }
    let costs = lost.compactMap { $0.cost?.dollars }
    #expect(costs.count == 4 && (costs.min() ?? 0) > 0.001, "\(lost)")
  }

  @Test("an answer that was left half read leaves no connection to others")
  func aborted() async throws {
    let asked = CallCount()
    let fixture = try await GatewayFixture(tls: true) { connection in
      while true {
        _ = try await connection.message()
        guard asked.next() == 1 else {
          try await connection.write(Answers.json("whole"))
          continue
        }
        try await connection.write("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nhalf")
      }
    }
    try await Connection.open(fixture.doors.gateway) { client in
      try await client.write(GatewayFixture.request("/v1/messages", Self.message))
      _ = try await client.take(until: "half")
    }
    _ = try await fixture.doors.records.all()
    for number in 2...5 { #expect(try await ask(fixture, number) == "HTTP/1.1 200 whole") }
  }

  @Test("what stands ready ends with the server")
  func ends() async throws {
    let (open, closed) = (CallCount(), CallCount())
    let fixture = try await GatewayFixture(tls: true) { connection in
      _ = open.next()
      _ = try await connection.message()
      try await connection.write(Answers.json("whole"))
      _ = await connection.toEnd()
      _ = closed.next()
    }
    #expect(try await ask(fixture, 1) == "HTTP/1.1 200 whole")
    try await Task.sleep(for: .milliseconds(100))
    #expect(closed.value == 0)
    fixture.doors.server.stop()
    try await closed.wait(for: 1)
  }
}
