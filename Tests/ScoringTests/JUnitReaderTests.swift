import Scoring
import Testing

@Suite("JUnitReader") struct JUnitReaderTests {
  private func read(_ text: String) throws(TestReportError) -> TestReport {
    try TestReportFormat.junit.readWhole(Array(text.utf8))
  }

  private func outcomes(_ fixture: String) throws -> [String] {
    try TestReportFormat.junit.readWhole(Fixture.report(fixture)).cases.map { "\($0.name): \($0.outcome)" }
  }

  @Test("pytest's report is read; an error at teardown spoils the pass of the same name")
  func pytest() throws {
    #expect(
      try outcomes("pytest.xml") == [
        "tests.test_words.test_counts: passed", "tests.test_words.test_unicode[café]: passed",
        "tests.test_words.TestFiles.test_large: failed", "tests.test_words.test_slow: skipped",
        "tests.test_words.test_known: skipped", "tests.test_words.test_cleanup: errored",
      ])
    let report = try TestReportFormat.junit.readWhole(Fixture.report("pytest.xml"))
    #expect(report.cases[2].message == "assert 3 == 4\n +  where 3 = count('a b c')")
  }

  @Test("Surefire's report is read; its attributes' counts are not believed")
  func surefire() throws {
    #expect(
      try outcomes("surefire.xml") == [
        "org.example.WordsTest.counts: passed", "org.example.WordsTest.retried: flaky",
        "org.example.WordsTest.broken: failed", "org.example.WordsTest.thrown: errored",
        "org.example.WordsTest.disabled: skipped",
      ])
    let report = try TestReportFormat.junit.readWhole(Fixture.report("surefire.xml"))
    #expect(report.cases[3].message == "java.lang.IllegalStateException: no file")
  }

  @Test("nextest's report is read; a retried pass is flaky")
  func nextest() throws {
    #expect(
      try outcomes("nextest.xml") == [
        "words.tests::counts: passed", "words.tests::flaky: flaky", "words.tests::broken: failed",
        "words::files.reads: passed",
      ])
  }

  @Test("ctest's report is read")
  func ctest() throws {
    #expect(
      try outcomes("ctest.xml") == [
        "counts.counts: passed", "broken.broken: failed", "later.later: skipped", "absent.absent: skipped",
      ])
  }

  @Test("Swift Testing's report is read")
  func swiftTesting() throws {
    #expect(
      try outcomes("swift-testing.xml") == [
        "WordsTests.CountTests.counts(): passed", "WordsTests.CountTests.reads(file:): failed",
        "WordsTests.later(): skipped",
      ])
  }

  @Test("GoogleTest's disabled tests, which have no element inside, are skipped")
  func googleTest() throws {
    #expect(
      try outcomes("googletest.xml") == [
        "Words.Counts: passed", "Words.DISABLED_Later: skipped", "Words.Skips: skipped",
      ])
  }

  @Test("an error of a nested suite is a case of its own")
  func suiteError() throws {
    #expect(try outcomes("suite-error.xml") == ["inner: errored", "outer.runs: passed"])
  }

  @Test("entity declarations end the reading", arguments: ["entity-bomb.xml", "external-entity.xml"])
  func entities(_ fixture: String) throws {
    let bytes = try Fixture.report(fixture)
    let error = #expect(throws: TestReportError.self) { try TestReportFormat.junit.readWhole(bytes) }
    #expect(error?.code == .entity)
    #expect(error.map { (2...3).contains($0.line) } == true)
  }

  @Test("a report that is cut off anywhere is an error")
  func truncated() throws {
    let bytes = try Fixture.report("truncated.xml")
    let error = #expect(throws: TestReportError.self) { try TestReportFormat.junit.readWhole(bytes) }
    #expect(error?.code == .malformed)
    #expect(error?.detail.contains("too early") == true)
    let whole = try Fixture.report("pytest.xml")
    for length in stride(from: 0, to: whole.count - 1, by: 37) {
      #expect(throws: TestReportError.self) { try TestReportFormat.junit.readWhole(Array(whole.prefix(length))) }
    }
  }

  @Test(
    "what is no report is an error",
    arguments: [
      ("", TestReportError.Code.malformed), ("no xml", .malformed), ("<html/>", .structure),
      ("<testsuite><testcase/></testsuite>", .structure),
      ("<testsuite><testcase name='a'><testcase name='b'/></testcase></testsuite>", .structure),
      ("<testsuite><testcase name='a'><testsuite/></testcase></testsuite>", .structure),
      ("<testsuite/><testsuite/>", .malformed), ("<testsuite>&nope;</testsuite>", .malformed),
      (String(repeating: "<testsuite>", count: 100), .depth),
    ])
  func refused(_ text: String, _ code: TestReportError.Code) {
    let error = #expect(throws: TestReportError.self) { try read(text) }
    #expect(error?.code == code)
  }

  @Test("the worse of two outcomes of one name wins, in either order", arguments: [true, false])
  func duplicates(_ passesFirst: Bool) throws {
    let pass = "<testcase name='a'/>"
    let failure = "<testcase name='a'><failure message='m'/></testcase>"
    let text = "<testsuite>\(passesFirst ? pass + failure : failure + pass)</testsuite>"
    #expect(try read(text).cases == [TestCase(name: "a", outcome: .failed, message: "m")])
  }

  @Test("a failure counts only directly in its case")
  func elsewhere() throws {
    let text = """
      <testsuite><testcase name='a'><properties><failure/></properties><system-out>x</system-out></testcase></testsuite>
      """
    #expect(try read(text).cases == [TestCase(name: "a", outcome: .passed)])
  }

  @Test("a long message is cut")
  func longMessage() throws {
    let long = String(repeating: "x", count: 100_000)
    let report = try read(
      """
      <testsuite><testcase name='a'><failure message='\(long)'/></testcase>
      <testcase name='b'><failure>\(long)</failure></testcase></testsuite>
      """)
    #expect(report.cases.map(\.message.utf8.count) == [2000, 2000])
  }

  @Test("ten thousand cases are read, across the pieces handed to expat")
  func many() throws {
    let cases = (0..<10_000).map { index in
      "<testcase classname='suite.number\(index % 100)' name='test_\(index)' time='0.001' file='some/long/path/to/a/file.py'>"
        + (index % 10 == 0 ? "<failure message='no'/>" : "") + "</testcase>\n"
    }
    let report = try read("<testsuites><testsuite name='many'>\(cases.joined())</testsuite></testsuites>")
    #expect(report.cases.count == 10_000)
    #expect(report.cases.count { $0.outcome == .failed } == 1_000)
  }

  @Test("a real report of pytest 9 is read")
  func pytest9() throws {
    let found = try outcomes("pytest-9.xml")
    #expect(found.count == 7)
    #expect(found.contains(#"test_words.test_param[\xe9]: passed"#))
    #expect(found.last == "test_words.test_cleanup: errored")
  }

  @Test("node's report, where all have one class, is read")
  func node() throws {
    #expect(
      try outcomes("node.xml") == [
        "test.counts: passed", "test.opens: passed", "test.reads: failed", "test.later: skipped", "test.slow: skipped",
      ])
  }

  /// SwiftPM writes nothing into the case of a test that threw XCTSkip.
  @Test("a real report of XCTest is read, where a skipped test looks passed")
  func xctest() throws {
    #expect(
      try outcomes("xctest.xml").sorted() == [
        "WordsTests.OldTests.testBroken: failed", "WordsTests.OldTests.testCounts: passed",
        "WordsTests.OldTests.testSkipped: passed",
      ])
  }
}
