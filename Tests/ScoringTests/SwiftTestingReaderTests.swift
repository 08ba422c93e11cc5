import Scoring
import Testing

@Suite("Swift Testing's event stream") struct SwiftTestingReaderTests {
  private func read(_ lines: String...) -> TestReport {
    TestReportFormat.swiftTesting.read(Array(lines.joined(separator: "\n").utf8))
  }

  private func event(_ kind: String, _ id: String? = nil, more: String = "") -> String {
    #"{"kind":"event","version":0,"payload":{"kind":"\#(kind)""# + (id.map { #","testID":"\#($0)""# } ?? "") + more
      + "}}"
  }

  private static let issue = #","issue":{"isKnown":false},"messages":[{"symbol":"fail","text":"3 is not 4"}]"#

  @Test("a real stream is read: the place in the source is no part of a name, a known issue is no pass")
  func sample() throws {
    let report = try TestReportFormat.swiftTesting.readWhole(Fixture.report("swift-testing-events.jsonl"))
    #expect(
      report.cases.map { "\($0.name): \($0.outcome)" }.sorted() == [
        "WordsTests.CountTests/counts(): passed", "WordsTests.CountTests/known(): skipped",
        "WordsTests.CountTests/reads(file:): failed", "WordsTests.CountTests/warns(): passed",
        "WordsTests.later(): skipped",
      ])
    #expect(report.cases.first { $0.outcome == .failed }?.message.contains("== 1") == true)
  }

  @Test("a crash makes the report partial, and an error of what ran")
  func crash() {
    let report = read(
      event("runStarted"), event("testStarted", "M.a()/F.swift:1:2"), event("testEnded", "M.a()/F.swift:1:2"),
      event("testStarted", "M.b()/F.swift:3:2"))
    #expect(report.fault?.detail.contains("crash") == true)
    #expect(report.cases.map { "\($0.name): \($0.outcome)" } == ["M.a(): passed", "M.b(): errored"])
  }

  @Test("an issue that belongs to no test is an error of the run")
  func homeless() {
    let report = read(event("runStarted"), event("issueRecorded", more: Self.issue), event("runEnded"))
    #expect(report.cases == [TestCase(name: "test run", outcome: .errored, message: "3 is not 4")])
  }

  @Test("a suite is no test, unless it fails itself")
  func suites() {
    let suite = #"{"kind":"test","payload":{"kind":"suite","id":"M.S"}}"#
    let ends = [event("testEnded", "M.S"), event("runEnded")]
    #expect(read(event("runStarted"), suite, event("testStarted", "M.S"), ends[0], ends[1]).cases.isEmpty)
    let report = read(
      event("runStarted"), suite, event("testStarted", "M.S"), event("issueRecorded", "M.S", more: Self.issue), ends[0],
      ends[1])
    #expect(report.cases.map(\.outcome) == [.failed])
  }

  @Test("an empty stream is an error")
  func empty() { #expect(read("").fault?.code == .malformed) }
}
