import FoundationEssentials

/// The sample reports in `fixtures/reports`, found from this file's own path.
enum Fixture {
  static func report(_ name: String, file: String = #filePath) throws -> [UInt8] {
    let root = file.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
    return Array(try Data(contentsOf: URL(filePath: root + "/fixtures/reports/" + name)))
  }
}
