/// Reports of benchmark programs that can be compared case by case.
public enum BenchmarkReportFormat: String, Sendable, Codable, Hashable, CaseIterable {
  /// `--benchmark_format=json` or `--benchmark_out`.
  case googleBenchmark = "google-benchmark"
  /// Criterion.rs's `estimates.json` files, or cargo-criterion's JSON lines.
  case criterion
  /// The text of `go test -bench`.
  case go
  /// hyperfine's `--export-json`.
  case hyperfine
  /// Swift package-benchmark's `--format jmh` or `jsonSmallerIsBetter`; JMH's own JSON.
  case packageBenchmark = "package-benchmark"

  /// Reads a report that may lie in several files.
  ///
  /// - Returns: the benchmarks in the order of the report, each name once; at least one.
  public func read(
    _ files: [BenchmarkReportFile], limits: BenchmarkReportLimits = BenchmarkReportLimits()
  ) throws(BenchmarkReportError) -> [BenchmarkReading] {
    let total = files.reduce(0) { $0 + $1.bytes.count }
    guard total <= limits.bytes else {
      throw BenchmarkReportError(.size, "it has \(total) bytes, more than \(limits.bytes)")
    }
    guard !files.isEmpty else { throw BenchmarkReportError(.missing, "there is none") }
    var collector = BenchmarkCollector(limits: limits)
    for file in files {
      do {
        switch self {
        case .googleBenchmark: try GoogleBenchmarkReader.read(file.bytes, into: &collector)
        case .criterion: try CriterionReader.read(file, into: &collector)
        case .go: try GoBenchmarkReader.read(file.bytes, into: &collector)
        case .hyperfine: try HyperfineReader.read(file.bytes, into: &collector)
        case .packageBenchmark: try PackageBenchmarkReader.read(file.bytes, into: &collector)
        }
      } catch {
        var error = error
        error.source = file.path
        throw error
      }
    }
    return try collector.readings()
  }
}

extension StrictJSON {
  /// A whole report as one value.
  static func report(_ bytes: [UInt8]) throws(BenchmarkReportError) -> StrictJSON {
    do { return try read(bytes) } catch {
      throw BenchmarkReportError(error.code == .empty ? .missing : .malformed, "byte \(error.offset): \(error.detail)")
    }
  }

  func requiredNumber(_ name: String, of what: String) throws(BenchmarkReportError) -> Double {
    guard let number = self[name]?.number else {
      throw BenchmarkReportError(.structure, "\(what) has no number '\(name)' (byte \(offset))")
    }
    return number
  }

  func requiredText(_ name: String, of what: String) throws(BenchmarkReportError) -> String {
    guard let text = self[name]?.text else {
      throw BenchmarkReportError(.structure, "\(what) has no text '\(name)' (byte \(offset))")
    }
    return text
  }

  func requiredElements(_ name: String) throws(BenchmarkReportError) -> [StrictJSON] {
    guard let elements = self[name]?.items else {
      throw BenchmarkReportError(.structure, "expected an object with a list '\(name)' (byte \(offset))")
    }
    return elements
  }
}
