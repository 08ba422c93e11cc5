package import Comparison
internal import Scoring

/// hyperfine's JSON (`--export-json`), two results for each case: times in seconds, memory in bytes. Only cases that were runs
/// of a program.
package enum HyperfineJSON {
  package static func value(_ report: ComparisonReport) -> JSONValue {
    var results: [JSONValue] = []
    for each in report.cases {
      for (side, runs) in [(report.base, each.base), (report.head, each.head)] {
        let times = runs.compactMap(\.wall)
        guard !times.isEmpty, times.count == runs.count else { continue }
        let name = report.name == "commands" ? side.about : "\(side.label): \(each.name)"
        results.append(result(name, runs, times))
      }
    }
    return .object([("results", .list(results))])
  }

  private static func result(_ name: String, _ runs: [Measurement], _ times: [Double]) -> JSONValue {
    let count = Double(times.count)
    let mean = times.reduce(0, +) / count
    let variance = times.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / max(1, count - 1)
    return .object([
      ("command", .string(name)), ("mean", .double(mean)),
      ("stddev", times.count > 1 ? .double(variance.squareRoot()) : .null),
      ("median", JSONValue(RobustStatistics.median(times))),
      ("user", .double(runs.compactMap(\.user).reduce(0, +) / count)),
      ("system", .double(runs.compactMap(\.system).reduce(0, +) / count)), ("min", JSONValue(times.min())),
      ("max", JSONValue(times.max())), ("times", .list(times.map { .double($0) })),
      ("memory_usage_byte", .list(runs.compactMap(\.peakMemory).map { .int($0) })),
      ("exit_codes", .list(runs.compactMap(\.exitCode).map { .int(Int($0)) })),
    ])
  }
}

/// Bencher's metric format: the new side's median with its exact interval. Times as `latency` in nanoseconds.
package enum BencherJSON {
  package static func value(_ report: ComparisonReport) -> JSONValue {
    .object(
      report.cases.compactMap { each in
        guard let median = each.headMedian else { return nil }
        let (measure, scale) = each.unit == "s" ? ("latency", 1e9) : (each.unit == "bytes" ? "peak-memory" : "score", 1)
        let bounds = MedianBounds.of(each.head.map(\.value))
        return (
          each.name,
          .object([
            (
              measure,
              .object([
                ("value", .double(median * scale)), ("lower_value", JSONValue(bounds.map { $0.lowerBound * scale })),
                ("upper_value", JSONValue(bounds.map { $0.upperBound * scale })),
              ])
            )
          ])
        )
      })
  }
}

/// github-action-benchmark's custom list `customSmallerIsBetter`, of the new side. Cases of which more is better would be read
/// the wrong way round there, and are left out.
package enum ActionBenchmarkJSON {
  package static func value(_ report: ComparisonReport) -> JSONValue {
    .list(
      report.cases.compactMap { each in
        guard each.direction == .minimize, let median = each.headMedian else { return nil }
        let (unit, scale) = each.unit == "s" ? ("ms", 1e3) : (each.unit, 1)
        let bounds = MedianBounds.of(each.head.map(\.value))
        let range = bounds.map { "± \(Figures.fixed(($0.upperBound - $0.lowerBound) / 2 * scale, 4))" }
        return .object([
          ("name", .string(each.name)), ("unit", .string(unit)), ("value", .double(median * scale)),
          ("range", JSONValue(range)),
          (
            "extra",
            .string("\(each.answer.rawValue), compared with \(report.base.about)\n\(ComparisonWords.figures(each))")
          ),
        ])
      })
  }
}

/// Go's benchmark format, which benchstat reads: both sides in one file, told apart by a configuration line.
///
///     benchstat -col side FILE
package enum GoBenchmarkText {
  package static func text(_ report: ComparisonReport) -> String {
    var lines: [String] = []
    for side in ["base", "head"] {
      lines.append("side: \(side)")
      for each in report.cases {
        for run in side == "base" ? each.base : each.head {
          let figure =
            each.unit == "s"
            ? "\(nanoseconds(run.value)) ns/op"
            : "\(run.value) \(each.unit.isEmpty ? "score" : plain(each.unit))"
          var line = "Benchmark\(capitalised(plain(each.name))) 1 \(figure)"
          if let memory = run.peakMemory, each.unit == "s" { line += " \(memory) peak-B" }
          lines.append(line)
        }
      }
      lines.append("")
    }
    return lines.joined(separator: "\n")
  }

  /// Seconds as Go's testing package prints nanoseconds: at least four significant digits below 1,000, whole ones above.
  private static func nanoseconds(_ seconds: Double) -> String {
    let value = seconds * 1e9
    var digits = 0
    var bound = 999.95
    while value != 0, value.magnitude < bound, digits < 7 {
      digits += 1
      bound /= 10
    }
    return Figures.fixed(value, digits)
  }

  /// A name without spaces: `speed (file=a b)` becomes `speed/file=a_b`.
  private static func plain(_ name: String) -> String {
    var out = ""
    for scalar in name.replacing(" (", with: "/").unicodeScalars {
      let isPlain =
        scalar.isASCII && (scalar.properties.isAlphabetic || "0123456789/=.-_".unicodeScalars.contains(scalar))
      if isPlain { out.unicodeScalars.append(scalar) } else if scalar != ")" { out += "_" }
    }
    return out.isEmpty ? "_" : out
  }

  private static func capitalised(_ name: String) -> String { name.prefix(1).uppercased() + name.dropFirst() }
}

/// The exact interval of a median at 95 %, by the sign test's order statistics.
enum MedianBounds {
  static func of(_ values: [Double]) -> ClosedRange<Double>? {
    // The same order statistics serve for any values; `MedianInterval` only calls them log ratios.
    let interval = MedianInterval(logRatios: values)
    guard let lower = interval.lower, let upper = interval.upper else { return nil }
    return lower...upper
  }
}
