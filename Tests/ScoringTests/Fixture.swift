import FoundationEssentials
import Scoring

/// The sample reports in `fixtures/reports`, found from this file's own path.
enum Fixture {
  static func report(_ name: String, file: String = #filePath) throws -> [UInt8] {
    let root = file.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
    return Array(try Data(contentsOf: URL(filePath: root + "/fixtures/reports/" + name)))
  }
}

extension TestReportFormat {
  /// Reads a report that must be whole.
  func readWhole(_ bytes: [UInt8]) throws(TestReportError) -> TestReport {
    let report = read(bytes)
    if let fault = report.fault { throw fault }
    return report
  }
}
