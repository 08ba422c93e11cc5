/// Swift package-benchmark's exports. `jsonSmallerIsBetter` is a list of `{name, unit, value}`; `jmh` is JMH's own format, so that
/// Java's reports are read as well: `[].{benchmark, params, primaryMetric.{score, scoreUnit}}`. Throughput (`ops/s`) is turned
/// into the time that one takes.
enum PackageBenchmarkReader {
  static func read(_ bytes: [UInt8], into collector: inout BenchmarkCollector) throws(BenchmarkReportError) {
    guard let entries = try StrictJSON.report(bytes).items else {
      throw BenchmarkReportError(
        .structure, "expected a list, as `swift package benchmark --format jmh` or `jsonSmallerIsBetter` writes it")
    }
    for entry in entries {
      guard let metric = entry["primaryMetric"] else {
        let name = try entry.requiredText("name", of: "an entry")
        try collector.add(
          name, try entry.requiredNumber("value", of: "'\(name)'"), unit: entry["unit"]?.text ?? "")
        continue
      }
      var name = try entry.requiredText("benchmark", of: "an entry")
      if case .object(let parameters)? = entry["params"]?.value {
        name += parameters.map { ":\($0.name)=\($0.value.text ?? "")" }.joined()
      }
      let score = try metric.requiredNumber("score", of: "'\(name)'")
      let unit = metric["scoreUnit"]?.text ?? ""
      if unit.hasPrefix("ops/") {
        try collector.add(name, 1 / score, unit: String(unit.dropFirst(4)))
      } else {
        try collector.add(name, score, unit: unit)
      }
    }
  }
}
