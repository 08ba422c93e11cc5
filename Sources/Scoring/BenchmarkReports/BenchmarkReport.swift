/// One benchmark of a report that the program itself wrote: an inside number, which its program can forge.
public struct BenchmarkReading: Sendable, Hashable {
  /// As the report has it. Hostile text.
  public var name: String
  /// Finite and not negative; smaller is better. In `unit`.
  public var value: Double
  /// `s` for times, which are brought to seconds; else as the report has it.
  public var unit: String

  public init(name: String, value: Double, unit: String = "s") {
    self.name = name
    self.value = value
    self.unit = unit
  }
}

/// A report's file, as it came.
public struct BenchmarkReportFile: Sendable, Hashable {
  /// Its path below the folder that it was found in; empty for what was printed.
  public var path: String
  public var bytes: [UInt8]

  public init(path: String = "", bytes: [UInt8]) {
    self.path = path
    self.bytes = bytes
  }
}

/// How much of a benchmark report is read: it is written by the candidate's own process.
public struct BenchmarkReportLimits: Sendable, Hashable {
  /// The most bytes of all files together. Criterion and hyperfine keep every single time.
  public var bytes = 32 << 20
  /// The most benchmarks.
  public var cases = 1_000
  /// The longest name, in bytes.
  public var name = 500
  /// The longest line of a text report.
  public var line = 4 << 20

  public init() {}
}

/// Why bytes are not a benchmark report.
public struct BenchmarkReportError: Error, Sendable, Hashable, CustomStringConvertible {
  public enum Code: String, Sendable, Hashable {
    /// There is no report, or none of a benchmark in it.
    case missing
    /// More bytes, benchmarks or longer names than a report may have.
    case size
    /// Not of this format's grammar.
    case malformed
    /// Well-formed, but no report of this format.
    case structure
    /// A number that is none, or that no benchmark can have.
    case value
    /// A benchmark says of itself that it failed.
    case failed
  }

  public let code: Code
  /// The file's path, where the report has one.
  public var source = ""
  public let detail: String

  public init(_ code: Code, _ detail: String) {
    self.code = code
    self.detail = detail
  }

  public var description: String { "benchmark report" + (source.isEmpty ? "" : " \(source)") + ": \(detail)" }
}

/// Readings as they come in, each name once: of a benchmark that was repeated the median counts.
struct BenchmarkCollector {
  let limits: BenchmarkReportLimits
  private var values: [String: [Double]] = [:]
  private var units: [String: String] = [:]
  private var names: [String] = []
  private var count = 0

  init(limits: BenchmarkReportLimits) { self.limits = limits }

  mutating func add(_ name: String, _ value: Double, unit: String) throws(BenchmarkReportError) {
    guard name.utf8.count <= limits.name else {
      throw BenchmarkReportError(.size, "a benchmark's name has more than \(limits.name) bytes")
    }
    guard !name.isEmpty else { throw BenchmarkReportError(.structure, "a benchmark has no name") }
    let (factor, known) = Self.scale(of: unit)
    let scaled = value * factor
    guard scaled.isFinite, scaled >= 0, known != "s" || scaled > 0 else {
      throw BenchmarkReportError(.value, "'\(name)' took \(value) \(unit), which no benchmark takes")
    }
    if units[name] == nil {
      guard names.count < limits.cases else {
        throw BenchmarkReportError(.size, "there are more than \(limits.cases) benchmarks")
      }
      names.append(name)
      units[name] = known
    }
    guard units[name] == known else {
      throw BenchmarkReportError(.structure, "'\(name)' stands there in two units, \(units[name] ?? "") and \(known)")
    }
    count += 1
    guard count <= 100 * limits.cases else {
      throw BenchmarkReportError(.size, "there are more than \(100 * limits.cases) results")
    }
    values[name, default: []].append(scaled)
  }

  func readings() throws(BenchmarkReportError) -> [BenchmarkReading] {
    guard !names.isEmpty else { throw BenchmarkReportError(.missing, "it has no benchmark in it") }
    return names.map { name in
      BenchmarkReading(
        name: name, value: RobustStatistics.median(values[name] ?? []) ?? 0, unit: units[name] ?? "")
    }
  }

  /// Times in seconds; what else there is stays as it is.
  private static func scale(of unit: String) -> (factor: Double, unit: String) {
    switch unit {
    case "ns", "ns/op", "ns/iter": (1e-9, "s")
    case "us", "µs", "μs", "us/op": (1e-6, "s")
    case "ms", "ms/op": (1e-3, "s")
    case "s", "s/op", "sec": (1, "s")
    default: (1, unit)
    }
  }
}
