import Scoring
import Testing

/// Files that a hostile candidate would write. Made here, for nobody wants to store them.
@Suite("A hostile report") struct HostileReportTests {
  /// Reads `head`, then `body` again and again up to `size` bytes, without ever holding them all.
  private func read(
    _ format: TestReportFormat, _ head: String, _ body: String, size: Int, tail: String = "",
    limits: TestReportLimits = TestReportLimits()
  ) -> TestReport {
    var builder = TestReportBuilder(format, limits: limits)
    builder.begin()
    func add(_ bytes: [UInt8]) -> Bool { bytes.withUnsafeBytes { builder.add($0) } }
    let copies = max(1, (1 << 20) / max(1, body.utf8.count))
    let piece = Array(String(repeating: body, count: copies).utf8)
    var goesOn = add(Array(head.utf8))
    var done = 0
    while goesOn, done < size {
      goesOn = add(piece)
      done += piece.count
    }
    if goesOn { _ = add(Array(tail.utf8)) }
    builder.end()
    return builder.report()
  }

  private static let heads: [TestReportFormat: String] = [
    .junit: "<testsuite><testcase name='a'/><system-out>", .tap: "1..1\nok 1 - a\n",
    .goTest: #"{"Action":"pass","Package":"p","Test":"a"}"# + "\n",
    .cargoTest: "running 1 test\ntest a ... ok\n", .libtest: #"{"type":"suite","event":"started"}"# + "\n",
    .swiftTesting: "\n", .ctest: "<Site><Testing><Test Status='passed'><Name>a</Name></Test><Log>",
  ]

  @Test("a file that never ends is read up to the limit, and says so", arguments: TestReportFormat.allCases)
  func endless(_ format: TestReportFormat) throws {
    var limits = TestReportLimits()
    limits.bytes = 20 << 20
    let report = read(format, try #require(Self.heads[format]), "noise, noise, noise\n", size: 1 << 30, limits: limits)
    #expect(report.fault?.code == .size)
    #expect(report.fault?.description.contains("more than 20971520 bytes") == true)
  }

  @Test("a line of 100 MB is no test, and costs a megabyte", arguments: TestReportFormat.allCases)
  func longLine(_ format: TestReportFormat) throws {
    let report = read(format, try #require(Self.heads[format]), "x", size: 100 << 20)
    #expect(report.fault != nil || format == .tap)
  }

  @Test(
    "a test's line of 100 MB is refused, for what stands at its end is not read",
    arguments: [
      (TestReportFormat.tap, "1..2\nok 1 - a\nok 2 - "), (.cargoTest, "running 2 tests\ntest a ... ok\ntest "),
      (.goTest, #"{"Action":"output","Output":""#), (.libtest, #"{"type":"test","name":""#),
      (.swiftTesting, #"{"kind":"event","x":""#),
    ])
  func longTestLine(_ format: TestReportFormat, _ head: String) {
    let report = read(format, head, "x", size: 100 << 20, tail: "\n")
    #expect(report.fault?.code == .size)
    #expect(report.cases.count == (format == .tap || format == .cargoTest ? 1 : 0))
  }

  @Test(
    "a tag, an attribute or a comment of 100 MB is refused",
    arguments: ["<testcase name='", "<testcase ", "<!-- ", "<?x ", "<"])
  func hugeTag(_ head: String) {
    let report = read(.junit, "<testsuite><testcase name='a'/>" + head, "x", size: 100 << 20, tail: "'/></testsuite>")
    #expect(report.fault?.code == .size)
    #expect(report.cases.map(\.name) == ["a"])
  }

  @Test("100 MB of text between tags is passed over")
  func hugeText() {
    let text = "<testsuite><testcase name='a'><system-out><![CDATA["
    let report = read(.junit, text, "x & y <z> ", size: 100 << 20, tail: "]]></system-out></testcase></testsuite>")
    #expect(report.fault == nil)
    #expect(report.cases == [TestCase(name: "a", outcome: .passed)])
  }

  @Test("elements, objects and subtests that lie too deep are refused or passed over")
  func deep() {
    #expect(read(.junit, "", "<testsuite>", size: 2 << 20).fault?.code == .depth)
    #expect(read(.ctest, "<Site>", "<x>", size: 2 << 20).fault?.code == .depth)
    #expect(read(.goTest, #"{"a":"#, String(repeating: "[", count: 900_000), size: 1).fault?.code == .malformed)
    let subtest = String(repeating: "    ", count: 100_000) + "not ok 1 - deep\n"
    #expect(read(.tap, "1..1\n" + subtest, "ok 1 - a\n", size: 1, tail: "").cases.first?.name == "a")
  }

  @Test("millions of tests are refused, and the first are kept", arguments: [TestReportFormat.junit, .tap, .goTest])
  func manyTests(_ format: TestReportFormat) {
    var limits = TestReportLimits()
    limits.cases = 1_000
    let lines = (0..<2_000).map { number in
      switch format {
      case .junit: "<testcase name='t\(number)'/>"
      case .tap: "ok \(number + 1) - t\(number)\n"
      default: #"{"Action":"pass","Package":"p","Test":"t\#(number)"}"# + "\n"
      }
    }
    let report = read(format, format == .junit ? "<testsuite>" : "", lines.joined(), size: 1, limits: limits)
    #expect(report.fault?.code == .size)
    #expect(report.fault?.detail == "more than 1000 tests")
    // Of TAP the test at hand waits for its diagnostics.
    #expect(report.cases.count >= 999)
  }

  @Test("long names are bounded and stay apart")
  func longNames() throws {
    let long = String(repeating: "n", count: 5_000)
    let report = read(
      .junit, "<testsuite><testcase name='\(long)a'/><testcase name='\(long)b'/>", "", size: 0,
      tail: "</testsuite>")
    #expect(report.cases.count == 2)
    #expect(report.cases.allSatisfy { $0.name.utf8.count <= 1_000 })
    var limits = TestReportLimits()
    limits.names = 2_500
    let full = read(
      .junit, "<testsuite>" + (0..<5).map { "<testcase name='\($0)\(long)'/>" }.joined(), "", size: 0,
      limits: limits)
    #expect(full.fault?.code == .size)
    #expect(full.cases.count == 2)
  }

  @Test("messages together are bounded; the outcomes stay")
  func messages() {
    var limits = TestReportLimits()
    limits.messages = 3_000
    let failure = "<failure message='\(String(repeating: "m", count: 1_400))'/>"
    let cases = (0..<5).map { "<testcase name='\($0)'>\(failure)</testcase>" }.joined()
    let report = read(.junit, "<testsuite>\(cases)</testsuite>", "", size: 0, limits: limits)
    #expect(report.cases.map(\.message.isEmpty) == [false, false, true, true, true])
    #expect(report.cases.allSatisfy { $0.outcome == .failed })
  }

  @Test("what a test prints and never ends is bounded too")
  func endlessOutput() {
    let line = #"{"Action":"output","Package":"p","Test":"t","Output":"\#(String(repeating: "o", count: 900))"}"# + "\n"
    let report = read(.goTest, #"{"Action":"run","Package":"p","Test":"t"}"# + "\n", line, size: 4 << 20)
    #expect(report.fault?.code == .malformed)
    #expect(report.cases.count == 1)
    #expect(report.cases[0].message.utf8.count == 2_000)
  }

  @Test("NUL bytes and broken encodings are errors in XML")
  func xmlBytes() {
    func fault(_ bytes: [UInt8]) -> TestReportError.Code? {
      let report = TestReportFormat.junit.read(Array("<testsuite><testcase name='a'/>".utf8) + bytes)
      #expect(report.cases.map(\.name) == ["a"])
      return report.fault?.code
    }
    #expect(fault([0, 0, 0]) == .malformed)
    #expect(fault(Array("<testcase name='".utf8) + [0xFF, 0xFE] + Array("'/></testsuite>".utf8)) == .malformed)
    #expect(fault(Array("&#0;</testsuite>".utf8)) == .malformed)
    let other = #"<?xml version="1.0" encoding="nonsense-9"?><testsuite/>"#
    #expect(TestReportFormat.junit.read(Array(other.utf8)).fault?.code == .malformed)
    #expect(TestReportFormat.junit.read([UInt8](repeating: 0, count: 1 << 20)).fault?.code == .malformed)
  }

  @Test("NUL bytes and broken encodings in lines become the replacement character or stay, the same each time")
  func lineBytes() {
    let line: [UInt8] = Array("1..1\nok 1 - a".utf8) + [0, 0xFF, 0xC3] + Array("b\n".utf8)
    let report = TestReportFormat.tap.read(line)
    #expect(report.cases.map(\.name) == ["a\u{0}\u{FFFD}\u{FFFD}b"])
    #expect(TestReportFormat.tap.read(line) == report)
    let json = Array(#"{"Action":"pass","Package":"p","Test":""#.utf8) + [0xFF] + Array("\"}\n".utf8)
    #expect(TestReportFormat.goTest.read(json).fault?.code == .malformed)
    #expect(TestReportFormat.swiftTesting.read([UInt8](repeating: 0, count: 1 << 20)).fault?.code == .malformed)
  }

  @Test(
    "a document type is refused, whatever it declares", arguments: ["", "[<!ATTLIST a b CDATA 'x'>]", "SYSTEM 'x'"])
  func documentType(_ inner: String) {
    let text = "<!DOCTYPE testsuites \(inner)><testsuites/>"
    #expect(TestReportFormat.junit.read(Array(text.utf8)).fault?.code == .entity)
    #expect(TestReportFormat.ctest.read(Array(text.utf8)).fault?.code == .entity)
  }
}
