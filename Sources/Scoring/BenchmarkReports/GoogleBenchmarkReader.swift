/// google/benchmark's JSON: `benchmarks[].{name, run_type, real_time, cpu_time, time_unit}`.
///
/// Time on the clock is taken. Where single runs and aggregates of repetitions stand together, the runs count; with
/// `--benchmark_report_aggregates_only`, the median of the repetitions.
enum GoogleBenchmarkReader {
  static func read(_ bytes: [UInt8], into collector: inout BenchmarkCollector) throws(BenchmarkReportError) {
    let entries = try StrictJSON.report(bytes).requiredElements("benchmarks")
    let runs = entries.filter { $0["run_type"]?.text ?? "iteration" == "iteration" }
    let medians = entries.filter { $0["aggregate_name"]?.text == "median" }
    for entry in runs.isEmpty ? medians : runs {
      let own = try entry.requiredText("name", of: "a benchmark")
      let name = runs.isEmpty ? entry["run_name"]?.text ?? own : own
      if case .bool(true)? = entry["error_occurred"]?.value {
        throw BenchmarkReportError(
          .failed, "'\(name)' failed: \(entry["error_message"]?.text ?? "it does not say why")")
      }
      try collector.add(
        name, try entry.requiredNumber("real_time", of: "'\(name)'"), unit: entry["time_unit"]?.text ?? "ns")
    }
  }
}
