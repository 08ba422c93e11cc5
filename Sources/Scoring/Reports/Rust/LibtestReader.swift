/// Reads libtest's JSON lines (`--format json`), which `cargo nextest run --message-format libtest-json` writes too.
///
/// nextest appends `#N` to the name of a test that took N tries (`crate::binary$test#2`): a pass of such a one is flaky,
/// and the number is no part of its name. Plain libtest names nothing but the test, so a name that comes again in a later
/// suite is numbered. A suite without an end makes the report partial, and what ran in it an error.
/// <https://nexte.st/docs/machine-readable/libtest-json/>
struct LibtestReader: JSONLineReader {
  var lines: LineSplitter
  let limits: TestReportLimits
  private let collector: TestCaseCollector
  private var blocks = TestBlocks()
  private var tests: RunningTests
  private var openSuites = 0
  private var hasSuites = false

  init(collector: TestCaseCollector) {
    self.collector = collector
    limits = collector.limits
    lines = LineSplitter(limit: limits.line)
    tests = RunningTests(limits: limits)
  }

  mutating func take(_ event: JSONEvent) throws(TestReportError) {
    switch try event.text("type") {
    case "suite": try takeSuite(event)
    case "test", "bench": try takeTest(event)
    // Doc-test timings, and cargo's own messages where `--message-format json` is given as well.
    default: return
    }
  }

  mutating func end() throws(TestReportError) {
    salvage()
    let line = max(1, lines.number)
    guard hasSuites else { throw TestReportError(.malformed, line: line, "no suite: expected libtest's JSON lines") }
    if openSuites > 0 {
      throw TestReportError(.malformed, line: line, "a suite has no end: was the test run killed?")
    }
  }

  mutating func salvage() {
    // What does not fit any more is missing from a report that is partial in any case.
    try? endRunning(max(1, lines.number))
  }

  private mutating func takeSuite(_ event: JSONEvent) throws(TestReportError) {
    if try event.needed("event") == "started" {
      openSuites += 1
      hasSuites = true
      blocks.begin("")
    } else {
      openSuites = max(0, openSuites - 1)
      // nextest's suites run beside each other, so only the last end says that nothing runs any more.
      if openSuites == 0 { try endRunning(event.line) }
    }
  }

  private mutating func takeTest(_ event: JSONEvent) throws(TestReportError) {
    let (name, tries) = Self.tries(try event.needed("name"))
    let isBench = try event.text("type") == "bench"
    let outcome: TestOutcome
    switch isBench ? "ok" : try event.needed("event") {
    case "started": return try tests.begin(name, line: event.line)
    case "ok": outcome = tries > 1 ? .flaky : .passed
    case "failed": outcome = .failed
    case "ignored": outcome = .skipped
    case "timeout": return
    case let other:
      throw TestReportError(.structure, line: event.line, "an unknown test event \"\(other.prefix(40))\"")
    }
    _ = tests.end(name)
    let says = [try event.text("message"), try event.text("reason"), try event.text("stdout")].compactMap { $0 }
    try collector.add(
      TestCase(
        name: try blocks.name(name, limits, event.line), outcome: outcome, message: says.joined(separator: "\n")),
      line: event.line)
  }

  private mutating func endRunning(_ line: Int) throws(TestReportError) {
    for (name, _) in tests.endAll() {
      try collector.add(
        TestCase(name: try blocks.name(name, limits, line), outcome: .errored, message: "did not end"), line: line)
    }
  }

  /// nextest's name without its number of tries. Only nextest's names have a `$`.
  private static func tries(_ name: String) -> (name: String, tries: Int) {
    guard name.contains("$"), let mark = name.lastIndex(of: "#"), let tries = Int(name[mark...].dropFirst()) else {
      return (name, 1)
    }
    return (String(name[..<mark]), tries)
  }
}
