/// Reads the Test Anything Protocol, versions 12 to 14.
///
/// The plan must be there, first or last, and agree with the tests: a program that ends before its last test leaves no
/// other trace. A test without a description is called `test N`. `# SKIP` and `# TODO` make a test skipped, never passed; a
/// `not ok` with SKIP has failed. Subtests, four spaces deeper, are tests of their own, called `parent / child`. A plan of
/// `1..0` gives a report without cases. Lines that mean nothing are passed over, as the protocol wants.
/// <https://testanything.org/tap-version-14-specification.html>
struct TAPReader: LineReader {
  var lines: LineSplitter
  private var stream: TAPStream

  init(collector: TestCaseCollector) {
    lines = LineSplitter(limit: collector.limits.line)
    stream = TAPStream(collector: collector)
  }

  mutating func take(_ line: ReportLine) throws(TestReportError) {
    // Of a test line that is cut the directive may be lost; any other is the program's own noise.
    if line.isCut, line.starts(with: "ok") || line.starts(with: "not ok") {
      throw TestReportError(.size, line: line.number, "a test line of more than \(lines.limit) bytes")
    }
    try stream.add(line.text, line: line.number)
  }

  mutating func end() throws(TestReportError) { try stream.finish() }

  mutating func salvage() { stream.salvage() }
}
