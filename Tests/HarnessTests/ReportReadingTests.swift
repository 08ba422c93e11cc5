import FoundationEssentials
import Harness
import Scoring
import Testing

@Suite("A tests scorer of the harness file") struct ReportReadingTests {
  private func scorer(_ keys: String) throws -> HarnessScorer {
    let text =
      "name: x\nsurface: {editable: [a]}\nscorers:\n  - {name: t, kind: tests, role: gate, run: x, \(keys)}\n"
    return try #require(try HarnessFile.parse(text: text, file: "f").scorers.first)
  }

  @Test(
    "every format has a usual place for its report",
    arguments: [
      ("junit", "$BELLJAR_OUT/junit.xml"), ("swift-testing-events", "$BELLJAR_OUT/events.jsonl"),
      ("ctest-xml", "$BELLJAR_TREE/**/Testing/*/Test.xml"), ("tap", nil), ("go-test-json", nil), ("cargo-test", nil),
      ("libtest-json", nil),
    ])
  func places(_ format: String, _ place: String?) throws {
    let found = try scorer("report: \(format)")
    #expect(found.report?.rawValue == format)
    #expect(found.reportPlace?.text == place)
    #expect(found.flaky == .fail)
  }

  @Test(
    "a report may lie in the tree, and be several files",
    arguments: [
      ("a/*.xml", "$BELLJAR_OUT/a/*.xml", true), ("$BELLJAR_OUT/r.xml", "$BELLJAR_OUT/r.xml", false),
      ("${BELLJAR_TREE}/target/**/*.xml", "$BELLJAR_TREE/target/**/*.xml", true),
    ])
  func files(_ text: String, _ place: String, _ isPattern: Bool) throws {
    let found = try scorer("report: junit, report_file: '\(text)'")
    #expect(found.reportPlace?.text == place)
    #expect(found.reportPlace?.isPattern == isPattern)
  }

  @Test(
    "what is wrong is named, with what is right",
    arguments: [
      ("report: junt", "did you mean 'junit'?"), ("report: go-test-jsn", "did you mean 'go-test-json'?"),
      ("report: surefire", "'surefire' writes 'junit': use 'report: junit'"),
      ("report: go", "'go' writes 'go-test-json'"), ("report: [junit]", "expected one of junit, tap, go-test-json"),
      ("report: junit, report_file: ../x.xml", "expected a path or pattern below $BELLJAR_OUT"),
      ("report: junit, report_file: /x.xml", "expected a path or pattern below $BELLJAR_OUT"),
      ("report: junit, report_file: $HOME/x.xml", "expected a path or pattern below $BELLJAR_OUT"),
      ("report: junit, flaky: maybe", "expected one of fail, pass"),
      ("report: junit, flaky: true", "one of fail, pass"),
    ])
  func refused(_ keys: String, _ message: String) throws {
    let text = try #require(complaint { _ = try scorer(keys) })
    #expect(text.contains(message), "\(text)")
  }

  @Test("the JSON Schema knows every format", arguments: TestReportFormat.allCases)
  func schema(_ format: TestReportFormat) throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "docs/belljar.schema.json")
    let schema = try String(contentsOf: file, encoding: .utf8)
    #expect(schema.contains("\"\(format.rawValue)\""))
  }
}
