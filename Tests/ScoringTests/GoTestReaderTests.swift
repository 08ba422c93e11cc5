import Scoring
import Testing

@Suite("go test -json") struct GoTestReaderTests {
  private func read(_ lines: String...) -> TestReport {
    TestReportFormat.goTest.read(Array(lines.joined(separator: "\n").utf8))
  }

  private func event(_ action: String, _ test: String? = nil, package: String = "p") -> String {
    #"{"Action":"\#(action)","Package":"\#(package)""# + (test.map { #","Test":"\#($0)""# } ?? "") + "}"
  }

  @Test("subtests are tests, a package without tests is none, and a failure has its output")
  func sample() throws {
    let report = try TestReportFormat.goTest.readWhole(Fixture.report("go-test.jsonl"))
    #expect(
      report.cases.map { "\($0.name): \($0.outcome)" } == [
        "example.org/words.TestCount/empty: passed", "example.org/words.TestCount/three: failed",
        "example.org/words.TestCount: failed", "example.org/words.TestSlow: skipped",
        "example.org/words/files.TestReads: passed",
      ])
    #expect(report.cases[1].message.contains("Count = 3, want 4"))
    #expect(report.cases[0].message.isEmpty)
  }

  @Test("a build failure, which has no test events, is an error with the compiler's words")
  func buildFailure() throws {
    let report = try TestReportFormat.goTest.readWhole(Fixture.report("go-build-failure.jsonl"))
    #expect(report.cases.map(\.name) == ["example.org/broken"])
    #expect(report.cases.map(\.outcome) == [.errored])
    #expect(report.cases[0].message.contains("syntax error"))
    #expect(!TestGate.judge(report: report, exitCode: 2).passed)
  }

  @Test("a test that began and did not end is an error when its package ends", arguments: ["fail", "pass"])
  func panic(_ end: String) {
    let report = read(event("start"), event("run", "TestA"), event("run", "TestB"), event("pass", "TestA"), event(end))
    #expect(report.fault == nil)
    #expect(report.cases.map { "\($0.name): \($0.outcome)" } == ["p.TestA: passed", "p.TestB: errored"])
  }

  @Test("a stream that is cut off is partial, and what ran then is an error")
  func cutOff() {
    let report = read(event("start"), event("run", "TestA"), event("pass", "TestA"), event("run", "TestB"))
    #expect(report.fault?.code == .malformed)
    #expect(report.cases.map { "\($0.name): \($0.outcome)" } == ["p.TestA: passed", "p.TestB: errored"])
    let half = read(event("start"), event("run", "TestA"), event("pass", "TestA"), #"{"Action":"ru"#)
    #expect(half.fault?.line == 4)
    #expect(half.cases.map(\.name) == ["p.TestA"])
  }

  @Test("a pass beside a failure of one name, as with -count=2, is a failure")
  func twice() {
    let report = read(event("start"), event("fail", "TestA"), event("pass", "TestA"), event("fail"))
    #expect(report.cases.map(\.outcome) == [.failed])
  }

  @Test("a program's own lines are passed over; a report of nothing else is an error")
  func noise() {
    #expect(read("hello", event("start"), event("pass", "T"), "\u{0}\u{1}", event("pass")).cases.count == 1)
    #expect(read("hello").fault?.detail.contains("no events") == true)
    #expect(read(#"{"Action":1}"#).fault?.code == .structure)
    #expect(read(#"{"Action":"pass","Action":"fail","Package":"p"}"#).fault?.code == .malformed)
  }
}
