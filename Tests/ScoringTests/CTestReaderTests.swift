import Scoring
import Testing

@Suite("CTest's Test.xml") struct CTestReaderTests {
  @Test("a test that is listed and has no result did not run; disabled is skipped, not startable an error")
  func sample() throws {
    let report = try TestReportFormat.ctest.readWhole(Fixture.report("ctest-own.xml"))
    #expect(
      report.cases.map { "\($0.name): \($0.outcome)" } == [
        "counts: passed", "broken: failed", "crashes: failed", "hangs: errored", "later: skipped", "absent: errored",
        "files/reads: errored",
      ])
    #expect(report.cases.map(\.message)[1...3] == ["count: expected 3", "SEGFAULT", "Timeout\nTimeout"])
  }

  @Test("a report that is cut off keeps the tests before")
  func cutOff() throws {
    let whole = try Fixture.report("ctest-own.xml")
    let report = TestReportFormat.ctest.read(Array(whole.prefix(whole.count / 2)))
    #expect(report.fault?.code == .malformed)
    #expect(report.cases.first?.name == "counts")
  }

  @Test(
    "what is none of CTest's test files is an error",
    arguments: [
      "<testsuites/>", "<Site/>", "<Site><Build/></Site>",
      "<Site><Testing><Test Status='passed'/></Testing></Site>",
      "<Site><Testing><Test Status='fine'><Name>a</Name></Test></Testing></Site>",
    ])
  func refused(_ text: String) {
    #expect(TestReportFormat.ctest.read(Array(text.utf8)).fault?.code == .structure)
  }
}
