/// Reads one file of a report as its bytes arrive, in pieces of any size, and keeps only the cases.
protocol TestReportReader {
  init(collector: TestCaseCollector)

  /// Takes the next bytes.
  ///
  /// - Throws: the first fault; nothing more is handed over after it, not even the end.
  mutating func add(_ bytes: UnsafeRawBufferPointer) throws(TestReportError)

  /// The file has ended. What it promised and did not hold is a fault.
  mutating func finish() throws(TestReportError)

  /// A fault has ended the reading: hands over what is known of the tests so far.
  mutating func salvage()
}

extension TestReportReader {
  mutating func salvage() {}
}

/// A reader of a format that has one thing on a line.
protocol LineReader: TestReportReader {
  var lines: LineSplitter { get set }
  mutating func take(_ line: ReportLine) throws(TestReportError)
  /// The last line has been taken.
  mutating func end() throws(TestReportError)
}

extension LineReader {
  mutating func add(_ bytes: UnsafeRawBufferPointer) throws(TestReportError) {
    lines.feed(bytes)
    while let line = lines.next() { try take(line) }
  }

  mutating func finish() throws(TestReportError) {
    if let line = lines.rest() { try take(line) }
    try end()
  }
}
