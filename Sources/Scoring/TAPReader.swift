/// Reads the Test Anything Protocol, versions 12 to 14.
///
/// The plan must be there, first or last, and agree with the tests: a program that ends before its last test leaves no
/// other trace. Subtests (indented) count through their parent's line only. Lines that mean nothing are passed over, as the
/// protocol wants. <https://testanything.org/tap-version-14-specification.html>
public enum TAPReader {
  /// The most bytes that a report may have.
  public static let sizeLimit = 64 << 20

  /// Reads one stream.
  ///
  /// A test without a description is called `test N`. `# SKIP` and `# TODO` make a test skipped, never passed; a
  /// `not ok` with SKIP has failed. Of two tests with one description the worse counts. A plan of `1..0` gives a report
  /// without cases.
  ///
  /// - Throws: `TestReportError` with the line: a plan that is missing or disagrees, `Bail out!`, an unknown version.
  public static func read(_ bytes: [UInt8]) throws(TestReportError) -> TestReport {
    guard bytes.count <= sizeLimit else {
      throw TestReportError(.size, line: 1, "\(bytes.count) bytes: a report has at most \(sizeLimit)")
    }
    var stream = TAPStream()
    for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      let text = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
      try stream.add(String(decoding: text, as: UTF8.self))
    }
    return try stream.finish()
  }
}
