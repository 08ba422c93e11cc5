import Scoring
import Testing

@Suite("libtest's JSON lines") struct LibtestReaderTests {
  private func read(_ lines: String...) -> TestReport {
    TestReportFormat.libtest.read(Array(lines.joined(separator: "\n").utf8))
  }

  private static let start = #"{"type":"suite","event":"started","test_count":1}"#
  private static let end = #"{"type":"suite","event":"ok","passed":1}"#

  @Test("libtest's own lines are read")
  func sample() throws {
    let report = try TestReportFormat.libtest.readWhole(Fixture.report("libtest.jsonl"))
    #expect(
      report.cases.map { "\($0.name): \($0.outcome)" } == [
        "tests::counts: passed", "tests::later: skipped", "tests::broken: failed", "tests::panics: passed",
      ])
    #expect(report.cases[2].message.contains("three words"))
  }

  @Test("nextest's retried pass is flaky, and the number of tries is no part of a name")
  func nextest() throws {
    let report = try TestReportFormat.libtest.readWhole(Fixture.report("nextest-libtest.jsonl"))
    #expect(
      report.cases.map { "\($0.name): \($0.outcome)" } == [
        "words::words$tests::later: skipped", "words::words$tests::counts: passed", "words::words$tests::flaky: flaky",
        "words::words$tests::broken: failed", "words::files$reads: passed",
      ])
  }

  @Test("what ran when the stream was cut off is an error")
  func cutOff() {
    let report = read(Self.start, #"{"type":"test","event":"started","name":"a"}"#)
    #expect(report.fault?.code == .malformed)
    #expect(report.cases == [TestCase(name: "a", outcome: .errored, message: "did not end")])
  }

  @Test("a number sign in a plain name is part of it")
  func numberSign() {
    let report = read(Self.start, #"{"type":"test","event":"ok","name":"a#2"}"#, Self.end)
    #expect(report.cases == [TestCase(name: "a#2", outcome: .passed)])
  }

  @Test("an event that is not known, and a report without any, are errors")
  func refused() {
    #expect(read(Self.start, #"{"type":"test","event":"fine","name":"a"}"#, Self.end).fault?.code == .structure)
    #expect(read("").fault?.code == .malformed)
  }
}
