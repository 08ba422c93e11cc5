import Scoring
import Testing

@Suite("TAPReader") struct TAPReaderTests {
  private func read(_ text: String) throws(TestReportError) -> TestReport {
    try TestReportFormat.tap.readWhole(Array(text.utf8))
  }

  @Test("a stream of version 13 is read, with diagnostics and directives")
  func version13() throws {
    let report = try TestReportFormat.tap.readWhole(Fixture.report("version-13.tap"))
    #expect(
      report.cases == [
        TestCase(name: "counts words", outcome: .passed),
        TestCase(name: "reads files", outcome: .failed, message: "message: 'expected 3, got 4'\nseverity: fail"),
        TestCase(name: "reads pipes", outcome: .skipped, message: "no pipe here"),
        TestCase(name: "counts emoji", outcome: .skipped, message: "not yet"),
        TestCase(name: "test 5", outcome: .passed),
        TestCase(name: "issue #12 is fixed", outcome: .skipped, message: "passes by chance"),
      ])
  }

  @Test("a stream of version 14 is read; subtests are tests of their own")
  func version14() throws {
    let report = try TestReportFormat.tap.readWhole(Fixture.report("version-14.tap"))
    #expect(
      report.cases == [
        TestCase(name: "files / opens", outcome: .passed), TestCase(name: "files / reads", outcome: .failed),
        TestCase(name: "files", outcome: .failed, message: "message: 1 of 2 failed"),
        TestCase(name: "words with a \\ backslash", outcome: .passed), TestCase(name: "last", outcome: .passed),
      ])
  }

  @Test("carriage returns are no part of a name")
  func lineEnds() throws {
    #expect(try TestReportFormat.tap.readWhole(Fixture.report("line-ends.tap")).cases.map(\.name) == ["one", "two"])
  }

  @Test("a plan that skips all gives no cases, which the gate fails")
  func skipAll() throws {
    let report = try TestReportFormat.tap.readWhole(Fixture.report("skip-all.tap"))
    #expect(report.cases.isEmpty)
    #expect(!TestGate.judge(report: report, exitCode: 0).passed)
  }

  @Test(
    "a broken sample is an error",
    arguments: [
      ("no-plan.tap", TestReportError.Code.plan, 3), ("too-few.tap", .plan, 1), ("bail-out.tap", .bailOut, 3),
    ])
  func samples(_ fixture: String, _ code: TestReportError.Code, _ line: Int) throws {
    let bytes = try Fixture.report(fixture)
    let error = #expect(throws: TestReportError.self) { try TestReportFormat.tap.readWhole(bytes) }
    #expect(error?.code == code)
    #expect(error?.line == line)
  }

  @Test(
    "a stream that breaks the rules is an error at its line",
    arguments: [
      ("", TestReportError.Code.plan, 1), ("hello\n", .plan, 1), ("1..1\n1..1\nok 1\n", .plan, 2),
      ("ok 1\n1..2\nok 2\n", .plan, 3), ("1..2\nok 1\nok 1\n", .plan, 3), ("1..2\nok 1\nok 3\n", .plan, 1),
      ("1..1\nok 1\nok 2\n", .plan, 1), ("1..1\nok 0\n", .plan, 1), ("TAP version 15\n1..0\n", .version, 1),
      ("1..1\nok 1\nTAP version 13\n", .structure, 3), ("1..1\n    Bail out! inner\nok 1\n", .bailOut, 2),
      ("1..1\nok 99999999999999999999\n", .plan, 2), ("1..99999999999999999999\nok 1\n", .plan, 2),
    ])
  func refused(_ text: String, _ code: TestReportError.Code, _ line: Int) {
    let error = #expect(throws: TestReportError.self) { try read(text) }
    #expect(error?.code == code)
    #expect(error?.line == line)
  }

  @Test(
    "a test line is read in all its shapes",
    arguments: [
      ("ok", "test 1", TestOutcome.passed), ("not ok", "test 1", .failed), ("ok 1", "test 1", .passed),
      ("ok name", "name", .passed), ("ok - name", "name", .passed), ("ok 1 name", "name", .passed),
      ("ok 1 - 3 files", "3 files", .passed), ("ok 3files", "3files", .passed), ("ok 1 # skip", "test 1", .skipped),
      ("ok 1 a # Skipped: why", "a", .skipped), ("not ok 1 a # SKIP why", "a", .failed),
      ("ok 1 a # TODO", "a", .skipped), ("ok 1 a # TODO: x", "a", .skipped), ("ok 1 a # todos", "a # todos", .passed),
      (##"not ok 1 a \# TODO"##, "a # TODO", .failed), ("ok 1 a # b # SKIP", "a # b", .skipped),
    ])
  func testLines(_ line: String, _ name: String, _ outcome: TestOutcome) throws {
    let found = try read("1..1\n\(line)\n").cases
    #expect(found.map(\.name) == [name])
    #expect(found.map(\.outcome) == [outcome])
  }

  @Test("a line that is all marks of a directive is read in time", arguments: ["#", "# ", "#skipp", "#todo"])
  func marks(_ mark: String) throws {
    let began = ContinuousClock.now
    _ = try? read("1..1\nok 1 - \(String(repeating: mark, count: 600_000 / mark.count))\n")
    #expect(ContinuousClock.now - began < .seconds(10))
  }

  @Test("a word that only begins with ok is no test")
  func lookalikes() throws {
    #expect(try read("1..1\nokay\nnot okay\nok 1 - a\n").cases.map(\.name) == ["a"])
  }

  @Test("a subtest's diagnostics are not those of the test before")
  func innerBlock() throws {
    let report = try read("1..2\nok 1 - a\n    ok 1 - inner\n      ---\n      x: 1\n      ...\n    1..1\nok 2 - b\n")
    #expect(report.cases.map(\.name) == ["a", "b / inner", "b"])
    #expect(report.cases.allSatisfy { $0.message.isEmpty })
  }

  @Test("a diagnostic block without end hides no test")
  func openBlock() throws {
    #expect(try read("1..2\nok 1 - a\n  ---\n  x: 1\nnot ok 2 - b\n").cases.map(\.outcome) == [.passed, .failed])
  }

  @Test("Perl's and node's subtests are read", arguments: ["perl-subtests.tap", "node.tap"])
  func subtests(_ fixture: String) throws {
    let found = try TestReportFormat.tap.readWhole(Fixture.report(fixture)).cases.map { "\($0.name): \($0.outcome)" }
    #expect(found.prefix(4) == ["counts: passed", "files / opens: passed", "files / reads: failed", "files: failed"])
    #expect(found.dropFirst(4).allSatisfy { $0.hasSuffix(": skipped") })
    #expect(found.count == 6)
  }

  @Test("subtests of subtests are named after all that hold them")
  func nested() throws {
    let text = "1..1\n        ok 1 - c\n        1..1\n    ok 1 - b\n    1..1\nok 1 - a\n"
    #expect(try read(text).cases.map(\.name) == ["a / b / c", "a / b", "a"])
  }

  @Test("a passed test whose subtest breaks its plan is an error")
  func subtestPlan() throws {
    let report = try read("1..1\n    1..2\n    ok 1 - x\nok 1 - a\n")
    #expect(report.cases.map { "\($0.name): \($0.outcome)" } == ["a / x: passed", "a: errored"])
  }

  @Test("what is below a TODO test is not held against it")
  func subtestTodo() throws {
    let report = try read("1..1\n    not ok 1 - x\n    1..1\nnot ok 1 - a # TODO\n")
    #expect(report.cases.map(\.outcome) == [.skipped, .skipped])
  }

  @Test("a stream that is given up keeps the tests before")
  func partial() throws {
    let report = TestReportFormat.tap.read(try Fixture.report("bail-out.tap"))
    #expect(report.fault?.code == .bailOut)
    #expect(report.cases.map(\.name) == ["one"])
  }
}
