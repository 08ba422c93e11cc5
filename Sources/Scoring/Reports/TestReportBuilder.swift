/// Puts a report together from the files that a run left, piece by piece.
///
/// Bad input is never a crash and never a silent loss: the first fault ends the reading, the cases before it are kept, and
/// the report says that it is partial.
public struct TestReportBuilder {
  private let format: TestReportFormat
  private let collector: TestCaseCollector
  private var reader: (any TestReportReader)?
  private var source = ""
  private var size = 0
  private var fault: TestReportError?

  public init(_ format: TestReportFormat, limits: TestReportLimits = TestReportLimits()) {
    self.format = format
    collector = TestCaseCollector(limits: limits)
  }

  /// Begins a file.
  ///
  /// - Parameter source: Its name, for messages; empty where the report has only one.
  public mutating func begin(_ source: String = "") {
    guard fault == nil else { return }
    self.source = source
    reader = format.makeReader(collector)
  }

  /// Takes the file's next bytes.
  ///
  /// - Returns: Whether more are wanted; false after a fault.
  public mutating func add(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard fault == nil else { return false }
    let room = collector.limits.bytes - size
    size += bytes.count
    let part = UnsafeRawBufferPointer(rebasing: bytes.prefix(room))
    read { reader throws(TestReportError) in try reader.add(part) }
    if bytes.count > room {
      fail(TestReportError(.size, line: 0, "more than \(collector.limits.bytes) bytes: what follows was not read"))
    }
    return fault == nil
  }

  /// Ends the file.
  public mutating func end() {
    read { reader throws(TestReportError) in try reader.finish() }
    reader = nil
  }

  /// Ends the reading for a reason of the caller's: the report could not be found, or not be had whole.
  public mutating func fail(_ code: TestReportError.Code, _ detail: String) {
    fail(TestReportError(code, line: 0, detail))
  }

  public func report() -> TestReport { TestReport(cases: collector.finished(), fault: fault) }

  private mutating func read(_ body: (inout any TestReportReader) throws(TestReportError) -> Void) {
    guard fault == nil, var current = reader else { return }
    // Taken out, so that the reader's buffers have one owner and are not copied.
    reader = nil
    defer { reader = fault == nil ? current : nil }
    do {
      try body(&current)
    } catch {
      current.salvage()
      fail(error)
    }
  }

  private mutating func fail(_ error: TestReportError) {
    guard fault == nil else { return }
    fault = error
    fault?.source = source
    reader?.salvage()
    reader = nil
  }
}

extension TestReportFormat {
  /// Reads one report that is in memory.
  public func read(_ bytes: [UInt8], limits: TestReportLimits = TestReportLimits()) -> TestReport {
    var builder = TestReportBuilder(self, limits: limits)
    builder.begin()
    let piece = 1 << 18
    bytes.withUnsafeBytes { buffer in
      for start in stride(from: 0, to: buffer.count, by: piece) {
        let part = buffer[start..<min(start + piece, buffer.count)]
        if !builder.add(UnsafeRawBufferPointer(rebasing: part)) { break }
      }
    }
    builder.end()
    return builder.report()
  }
}
