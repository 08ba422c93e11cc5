import Comparison
import Sandbox
import Testing

@Suite("Two commands compared", .serialized) struct CommandComparisonTests {
  private func compare(
    _ champion: String, _ candidate: String, time: Double = 5, measure: CommandPairs.Measure = .wall
  ) throws -> ComparisonReport {
    func jar(_ script: String) throws -> Jar {
      Jar(policy: try Policy.named("strict"), arguments: ["/bin/sh", "-c", script])
    }
    var comparison = CommandComparison(
      champion: (champion, try jar(champion)), candidate: (candidate, try jar(candidate)), seed: 7)
    comparison.timeLimit = time
    comparison.measure = measure
    return try comparison.run(try Sandbox(), cancellation: Cancellation())
  }

  @Test("twice the sleep is called worse, half of it better")
  func sleeps() throws {
    let report = try compare("sleep 0.02", "sleep 0.04")
    #expect(report.verdict == .worse)
    #expect(report.cases[0].pairs == report.cases[0].base.count)
    #expect((report.cases[0].interval?.lowerBound ?? 0) > 1.01)
    #expect(try compare("sleep 0.04", "sleep 0.02").verdict == .better)
  }

  @Test("memory is measured from outside")
  func memory() throws {
    let report = try compare("true", "x=$(head -c 8000000 /dev/zero | tr '\\0' a); true", time: 60, measure: .memory)
    #expect(report.verdict == .worse)
    #expect(report.cases[0].unit == "bytes")
  }

  @Test("a side that fails is named, with what it printed; each has its verdict")
  func failures() throws {
    let head = try compare("true", "echo broken >&2; exit 3")
    #expect(head.verdict == .failed)
    #expect(head.failure == .head("B exited with 3\nbroken\n"))
    #expect(try compare("exit 3", "true").verdict == .baseFailed)
  }

  @Test("nothing that one run writes is seen by the next")
  func fresh() throws {
    let once = "test ! -e /tmp/seen && touch /tmp/seen && sleep 0.01"
    #expect(try compare(once, once, time: 0.5).failure == nil)
  }

  @Test("a cancelled comparison ends at once")
  func cancelled() throws {
    let jar = Jar(policy: try Policy.named("strict"), arguments: ["/bin/sleep", "60"])
    let comparison = CommandComparison(champion: ("a", jar), candidate: ("b", jar), seed: 1)
    let cancellation = Cancellation()
    cancellation.cancel()
    let sandbox = try Sandbox()
    #expect(throws: MeasurementCancelled.self) { try comparison.run(sandbox, cancellation: cancellation) }
  }
}
