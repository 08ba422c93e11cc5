import BenchmarkTiming
import Scoring

/// A JUnit report of 10,000 tests, read as from a file: in pieces.
struct LargeReport {
  private static let cases = 10_000
  /// Milliseconds.
  private static let bar = 50.0
  private static let piece = 1 << 18

  /// Returns whether the bar is met.
  func run(rounds: Int) -> Bool {
    let bytes = Self.report
    var contenders = [
      Contender("read") {
        let begun = now()
        var builder = TestReportBuilder(.junit)
        builder.begin("junit.xml")
        bytes.withUnsafeBytes { whole in
          for start in stride(from: 0, to: whole.count, by: Self.piece) {
            _ = builder.add(UnsafeRawBufferPointer(rebasing: whole[start..<min(start + Self.piece, whole.count)]))
          }
        }
        builder.end()
        let report = builder.report()
        return report.cases.count == Self.cases && report.fault == nil ? now() - begun : .nan
      }
    ]
    interleave(&contenders, rounds: rounds, warmup: 3, pause: 1000)
    show(
      "\(Self.cases) tests in a JUnit report of \(bytes.count) bytes; \(machine()); ms", contenders, reference: "read",
      share: "of itself")
    let isMet = contenders[0].times.count == rounds && contenders[0].median <= Self.bar
    print("the bar of \(fixed(Self.bar)) ms is \(isMet ? "met" : "MISSED")\n")
    return isMet
  }

  /// As pytest writes it, every hundredth test with a failure of a few lines.
  private static var report: [UInt8] {
    var text = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<testsuites><testsuite name=\"all\" tests=\"\(cases)\">\n"
    for number in 0..<cases {
      let suite = "tests.unit.test_module_\(number / 50).TestCase\(number / 10)"
      text += "  <testcase classname=\"\(suite)\" name=\"test_number_\(number)\" time=\"0.00\(number % 10)\""
      text +=
        number % 100 == 0
        ? "><failure message=\"assert 1 == 2\">def test():\n&gt; assert 1 == 2\nE assert 1 == 2\n</failure></testcase>\n"
        : " />\n"
    }
    return Array((text + "</testsuite></testsuites>\n").utf8)
  }
}
