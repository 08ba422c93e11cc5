import FoundationEssentials
import Scoring
import Testing

@Suite("Reports of benchmark programs") struct BenchmarkReportTests {
  private func fixture(_ name: String) throws -> BenchmarkReportFile {
    let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
    let data = try Data(contentsOf: URL(filePath: root + "/fixtures/benchmark-reports/" + name))
    return BenchmarkReportFile(path: name, bytes: Array(data))
  }

  private func text(_ text: String, path: String = "") -> BenchmarkReportFile {
    BenchmarkReportFile(path: path, bytes: Array(text.utf8))
  }

  private func complaint(_ format: BenchmarkReportFormat, _ file: BenchmarkReportFile) -> BenchmarkReportError? {
    do {
      _ = try format.read([file])
      return nil
    } catch { return error }
  }

  @Test("google-benchmark's runs are read by name, in seconds; of aggregates the median")
  func google() throws {
    let readings = try BenchmarkReportFormat.googleBenchmark.read([try fixture("google-benchmark.json")])
    #expect(readings.map(\.name) == ["BM_copy/64", "BM_copy/4096"])
    #expect(readings.allSatisfy { $0.unit == "s" && $0.value > 1e-10 && $0.value < 1e-4 })
    let medians = try BenchmarkReportFormat.googleBenchmark.read([try fixture("google-benchmark-aggregates.json")])
    #expect(medians.map(\.name) == ["BM_copy/64", "BM_copy/4096"])
    let error = complaint(.googleBenchmark, try fixture("google-benchmark-failed.json"))
    #expect(error?.code == .failed)
    #expect(error?.description == "benchmark report google-benchmark-failed.json: 'BM_fail/1' failed: no input")
  }

  @Test("hyperfine's medians are read by command")
  func hyperfine() throws {
    let readings = try BenchmarkReportFormat.hyperfine.read([try fixture("hyperfine.json")])
    #expect(readings.map(\.name) == ["true", "sleep 0.01"])
    #expect(readings[1].value > 0.01)
  }

  @Test("go test -bench: names with their package, the median of -count, a failure is one")
  func go() throws {
    let readings = try BenchmarkReportFormat.go.read([try fixture("go.txt")])
    #expect(
      readings.map(\.name) == [
        "example.org/words.BenchmarkCount-2", "example.org/words.BenchmarkSplit/lines=10-2",
        "example.org/words.BenchmarkSplit/lines=1e4-2", "example.org/words.BenchmarkTiny-2",
        "example.org/words/index.BenchmarkCount-2",
      ])
    #expect(abs(readings[0].value - 14307e-9) < 1e-15)
    #expect(abs(readings[3].value - 0.3204e-9) < 1e-18)
    #expect(complaint(.go, text("BenchmarkA-2 10 5 ns/op\n--- FAIL: BenchmarkB-2\n"))?.code == .failed)
    #expect(complaint(.go, text("BenchmarkA-2 10 5 ns/op\npanic: out of range\n"))?.code == .failed)
    #expect(complaint(.go, text("PASS\nok x 1s\n"))?.code == .missing)
    #expect(complaint(.go, text("BenchmarkA-2 10 x5 ns/op\n"))?.code == .malformed)
  }

  @Test("Criterion: files by the folders that they lie in, and cargo-criterion's lines")
  func criterion() throws {
    var one = try fixture("criterion-estimates.json")
    one.path = "target/criterion/sort/stable/new/estimates.json"
    let readings = try BenchmarkReportFormat.criterion.read([one])
    #expect(readings.map(\.name) == ["sort/stable"])
    #expect(abs(readings[0].value - 512.6e-9) < 1e-15)
    let lines = try BenchmarkReportFormat.criterion.read([try fixture("cargo-criterion.jsonl")])
    #expect(lines.map(\.name) == ["sort/stable", "hash"])
    #expect(abs(lines[0].value - 4139.5e-9) < 1e-15)
    #expect(abs(lines[1].value - 2.05e-6) < 1e-15)
    // Criterion's file of changes holds fractions, not times; it lies elsewhere and is not asked for.
    #expect(complaint(.criterion, text("{\"a\": 1}"))?.code == .structure)
  }

  @Test("package-benchmark: its list, and JMH's with throughput turned into time")
  func packageBenchmark() throws {
    let readings = try BenchmarkReportFormat.packageBenchmark.read([try fixture("package-benchmark.json")])
    #expect(readings.map(\.name) == ["parse - Time (wall clock)", "parse - Malloc (total)"])
    #expect(readings.map(\.unit) == ["s", "#"])
    #expect(abs(readings[0].value - 512e-6) < 1e-12)
    let jmh = try BenchmarkReportFormat.packageBenchmark.read([try fixture("jmh.json")])
    #expect(jmh.map(\.name) == ["package.benchmark.parse", "org.example.Sort.run:size=1000"])
    #expect(abs(jmh[0].value - 0.0005) < 1e-12)
    #expect(abs(jmh[1].value - 12.5e-6) < 1e-12)
  }

  @Test("a benchmark that stands in two units, took no time or less, or no finite time, is refused")
  func values() {
    func list(_ entries: String) -> BenchmarkReportFile { text("{\"results\": [\(entries)]}") }
    #expect(complaint(.hyperfine, list(#"{"command": "a", "median": 0}"#))?.code == .value)
    #expect(complaint(.hyperfine, list(#"{"command": "a", "median": -1}"#))?.code == .value)
    #expect(complaint(.hyperfine, list(#"{"command": "a", "median": 1e999}"#))?.code == .malformed)
    #expect(complaint(.hyperfine, list(#"{"command": "a", "median": true}"#))?.code == .structure)
    #expect(complaint(.hyperfine, list(#"{"command": "", "median": 1}"#))?.code == .structure)
    #expect(complaint(.hyperfine, list(""))?.code == .missing)
    #expect(complaint(.hyperfine, text(""))?.code == .missing)
    let zero = #"[{"benchmark": "a", "primaryMetric": {"score": 0, "scoreUnit": "ops/s"}}]"#
    #expect(complaint(.packageBenchmark, text(zero))?.code == .value)
    let units = ##"[{"name": "a", "value": 1, "unit": "ns"}, {"name": "a", "value": 1, "unit": "#"}]"##
    #expect(complaint(.packageBenchmark, text(units))?.code == .structure)
  }

  @Test("hostile reports end in an error, not in the harness's memory", arguments: BenchmarkReportFormat.allCases)
  func hostile(format: BenchmarkReportFormat) {
    #expect(complaint(format, text(String(repeating: "[", count: 1_000_000))) != nil)
    #expect(complaint(format, BenchmarkReportFile(bytes: Array(repeating: 0xFF, count: 4096))) != nil)
    #expect(complaint(format, BenchmarkReportFile(bytes: Array(repeating: 0, count: 4096))) != nil)
    #expect(complaint(format, BenchmarkReportFile(bytes: [UInt8](repeating: 65, count: 33 << 20)))?.code == .size)
    #expect(complaint(format, text("null")) != nil)
  }

  @Test("more benchmarks, results or longer names than a report may have are refused")
  func limits() {
    let name = String(repeating: "n", count: 501)
    #expect(complaint(.hyperfine, text("{\"results\": [{\"command\": \"\(name)\", \"median\": 1}]}"))?.code == .size)
    let many = (0..<1001).map { "BenchmarkX\($0) 1 2 ns/op" }.joined(separator: "\n")
    #expect(complaint(.go, text(many))?.code == .size)
    var few = BenchmarkReportLimits()
    few.cases = 2
    let again = text(String(repeating: "BenchmarkX 1 2 ns/op\n", count: 201))
    #expect(throws: BenchmarkReportError.self) { try BenchmarkReportFormat.go.read([again], limits: few) }
  }
}
