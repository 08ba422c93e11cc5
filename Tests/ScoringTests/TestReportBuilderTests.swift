import Scoring
import Testing

@Suite("TestReportBuilder") struct TestReportBuilderTests {
  private func build(_ files: KeyValuePairs<String, String>, piece: Int = 7) -> TestReport {
    var builder = TestReportBuilder(.junit)
    for (name, text) in files {
      builder.begin(name)
      let bytes = Array(text.utf8)
      for start in stride(from: 0, to: bytes.count, by: piece) {
        let part = Array(bytes[start..<min(start + piece, bytes.count)])
        if !part.withUnsafeBytes({ builder.add($0) }) { break }
      }
      builder.end()
    }
    return builder.report()
  }

  private func suite(_ name: String, _ cases: String) -> String { "<testsuite name='\(name)'>\(cases)</testsuite>" }

  @Test("several files are one report")
  func files() {
    let report = build([
      "a.xml": suite("A", "<testcase classname='A' name='x'/>"),
      "b.xml": suite("B", "<testcase classname='B' name='x'/>"),
    ])
    #expect(report.fault == nil)
    #expect(report.cases.map(\.name) == ["A.x", "B.x"])
  }

  @Test("a fault names its file, and the cases before it are kept")
  func fault() {
    let report = build(["a.xml": suite("A", "<testcase name='x'/>"), "b.xml": "<testsuite>", "c.xml": suite("C", "")])
    #expect(report.fault?.source == "b.xml")
    #expect(report.fault?.description.hasPrefix("test report b.xml, line 1: the report ends too early") == true)
    #expect(report.cases.map(\.name) == ["A.x"])
    let verdict = TestGate.judge(report: report, exitCode: 0)
    #expect(verdict.reasons.first?.hasPrefix("the report is partial, 1 tests were read: ") == true)
  }

  @Test("two cases of one name in two suites are told apart by the suite, in either order", arguments: [true, false])
  func suites(_ isForward: Bool) {
    let parts = ["a", "b"].map { suite($0, "<testcase classname='test' name='works'/>") }
    let text = "<testsuites>" + (isForward ? parts : parts.reversed()).joined() + "</testsuites>"
    #expect(Set(build(["": text]).cases.map(\.name)) == ["a.test.works", "b.test.works"])
  }

  @Test("every format reads its sample alike in one piece and byte by byte", arguments: TestReportFormat.allCases)
  func pieces(_ format: TestReportFormat) throws {
    let sample =
      switch format {
      case .junit: "pytest-9.xml"
      case .tap: "node.tap"
      case .goTest: "go-test.jsonl"
      case .cargoTest: "cargo-test.txt"
      case .libtest: "nextest-libtest.jsonl"
      case .swiftTesting: "swift-testing-events.jsonl"
      case .ctest: "ctest-own.xml"
      }
    let bytes = try Fixture.report(sample)
    let whole = format.read(bytes)
    #expect(whole.fault == nil)
    #expect(whole.cases.count > 3)
    var builder = TestReportBuilder(format)
    builder.begin()
    for byte in bytes { _ = withUnsafeBytes(of: byte) { builder.add($0) } }
    builder.end()
    #expect(builder.report() == whole)
    // Cut off anywhere, it is partial and never better than the whole.
    for length in stride(from: 0, to: bytes.count * 9 / 10, by: max(1, bytes.count / 40)) {
      let part = format.read(Array(bytes.prefix(length)))
      #expect(!TestGate.judge(report: part, exitCode: 0, pinned: Set(whole.cases.map(\.name))).passed)
    }
  }

  @Test("a report that is not there says so")
  func nothing() {
    var builder = TestReportBuilder(.junit)
    builder.fail(.missing, "the tests left no report")
    #expect(
      TestGate.judge(report: builder.report(), exitCode: 3).reasons == [
        "the tests left no report", "no tests were found (exit code 3): an empty report is never a pass",
      ])
  }
}
