/// The text of `go test -bench`: `BenchmarkName-8  1000000  1234 ns/op  16 B/op`, after a `pkg:` line for each package.
///
/// The time counts; of the other figures there may be any number. Lines that are none of a benchmark are passed over, as
/// benchstat does (https://go.dev/design/14313-benchmark-format), but a `FAIL` or a panic is not.
enum GoBenchmarkReader {
  static func read(_ bytes: [UInt8], into collector: inout BenchmarkCollector) throws(BenchmarkReportError) {
    var package = ""
    for line in bytes.split(separator: UInt8(ascii: "\n")) {
      guard line.count <= collector.limits.line else {
        throw BenchmarkReportError(.size, "a line has more than \(collector.limits.line) bytes")
      }
      let text = String(decoding: line, as: UTF8.self)
      if text.hasPrefix("pkg: ") { package = text.dropFirst(5).filter { !$0.isWhitespace } }
      if text.hasPrefix("--- FAIL") || text.hasPrefix("FAIL") || text.hasPrefix("panic: ") {
        throw BenchmarkReportError(.failed, "go test says '\(text.prefix(200))'")
      }
      guard text.hasPrefix("Benchmark") else { continue }
      let words = text.split(whereSeparator: \.isWhitespace)
      // The name alone stands on the line when the benchmark prints something itself.
      guard words.count >= 4, Int(words[1]) != nil else { continue }
      guard let place = words.firstIndex(of: "ns/op"), place >= 3 else { continue }
      guard let value = Double(words[place - 1]) else {
        throw BenchmarkReportError(.malformed, "'\(words[place - 1].prefix(40))' before ns/op is no number")
      }
      let name = package.isEmpty ? String(words[0]) : "\(package).\(words[0])"
      try collector.add(name, value, unit: "ns")
    }
  }
}
