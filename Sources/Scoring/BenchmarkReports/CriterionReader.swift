/// Criterion.rs: an `estimates.json` for each benchmark, in nanoseconds, named by the folders that it lies in; or the lines of
/// `cargo criterion --message-format=json`, of which those with the reason `benchmark-complete` count.
enum CriterionReader {
  static func read(_ file: BenchmarkReportFile, into collector: inout BenchmarkCollector) throws(BenchmarkReportError) {
    let json: StrictJSON
    do { json = try StrictJSON.report(file.bytes) } catch {
      // Several values are lines.
      guard error.code == .malformed else { throw error }
      return try readLines(file.bytes, into: &collector)
    }
    if json["reason"] != nil { return try message(json, into: &collector) }
    // As Criterion's own report does: the slope of time over iterations where there is one.
    let estimate = [json["slope"], json["median"], json["mean"]].compactMap { $0?["point_estimate"]?.number }.first
    guard let estimate else {
      throw BenchmarkReportError(
        .structure,
        "expected Criterion's estimates.json with 'slope', 'median' or 'mean', or cargo-criterion's messages")
    }
    try collector.add(name(of: file.path), estimate, unit: "ns")
  }

  /// `target/criterion/GROUP/FUNCTION/new/estimates.json` is GROUP/FUNCTION.
  private static func name(of path: String) -> String {
    var parts = path.split(separator: "/").dropLast()
    if parts.last == "new" || parts.last == "base" { parts = parts.dropLast() }
    if let top = parts.lastIndex(of: "criterion") { parts = parts[(top + 1)...] }
    return parts.isEmpty ? "benchmark" : parts.joined(separator: "/")
  }

  private static func readLines(
    _ bytes: [UInt8], into collector: inout BenchmarkCollector
  ) throws(BenchmarkReportError) {
    for line in bytes.split(separator: UInt8(ascii: "\n")) where line.first == UInt8(ascii: "{") {
      guard line.count <= collector.limits.line else {
        throw BenchmarkReportError(.size, "a line has more than \(collector.limits.line) bytes")
      }
      try message(try StrictJSON.report(Array(line)), into: &collector)
    }
  }

  private static func message(
    _ json: StrictJSON, into collector: inout BenchmarkCollector
  ) throws(BenchmarkReportError) {
    guard json["reason"]?.text == "benchmark-complete" else { return }
    let name = try json.requiredText("id", of: "a message")
    guard let typical = json["typical"] ?? json["median"] ?? json["mean"] else {
      throw BenchmarkReportError(.structure, "'\(name)' has none of 'typical', 'median' and 'mean'")
    }
    try collector.add(
      name, try typical.requiredNumber("estimate", of: "'\(name)'"), unit: typical["unit"]?.text ?? "ns")
  }
}
