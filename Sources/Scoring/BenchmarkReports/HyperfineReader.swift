/// hyperfine's `--export-json`: `results[].{command, median, parameters}`, times in seconds.
enum HyperfineReader {
  static func read(_ bytes: [UInt8], into collector: inout BenchmarkCollector) throws(BenchmarkReportError) {
    for entry in try StrictJSON.report(bytes).requiredElements("results") {
      let name = try entry.requiredText("command", of: "a result")
      try collector.add(name, try entry.requiredNumber("median", of: "'\(name)'"), unit: "s")
    }
  }
}
