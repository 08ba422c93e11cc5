/// Reads the lines of `go test -json`, the events of `cmd/test2json`.
///
/// A test is called `package.Test` or `package.Test/sub`. A package that fails without a test that failed (a build failure,
/// a panic in `init`, `os.Exit`) is an error of its own: nothing else shows it. Tests that began and did not end are errors
/// when their package ends. A package that never ends makes the report partial.
/// <https://pkg.go.dev/cmd/test2json>
struct GoTestReader: JSONLineReader {
  var lines: LineSplitter
  let limits: TestReportLimits
  private let collector: TestCaseCollector
  private var tests: RunningTests
  /// The packages that have begun and not ended, and of each whether one of its tests failed.
  private var packages: [String: Bool] = [:]
  private var hasEvents = false

  init(collector: TestCaseCollector) {
    self.collector = collector
    limits = collector.limits
    lines = LineSplitter(limit: limits.line)
    tests = RunningTests(limits: limits)
  }

  mutating func take(_ event: JSONEvent) throws(TestReportError) {
    let action = try event.needed("Action")
    hasEvents = true
    if action == "build-output" {
      return tests.print(try event.text("ImportPath") ?? "", try event.text("Output") ?? "")
    }
    guard action != "build-fail" else { return }
    let package = try event.needed("Package")
    guard let test = try event.text("Test"), !test.isEmpty else { return try take(package, action, event) }
    let name = "\(package).\(test)"
    if packages[package] == nil { try begin(package, event.line) }
    switch action {
    case "run": try tests.begin(name, in: package, line: event.line)
    case "output": tests.print(name, try event.text("Output") ?? "")
    case "pass", "bench": try end(name, in: package, .passed, event)
    case "skip": try end(name, in: package, .skipped, event)
    case "fail":
      packages[package] = true
      try end(name, in: package, .failed, event)
    default: return
    }
  }

  mutating func end() throws(TestReportError) {
    salvage()
    let line = max(1, lines.number)
    guard hasEvents else { throw TestReportError(.malformed, line: line, "no events: expected lines of go test -json") }
    if let package = packages.keys.min() {
      throw TestReportError(
        .malformed, line: line, "the package \(package.prefix(200)) has no end: was the test run killed?")
    }
  }

  mutating func salvage() {
    for package in packages.keys.sorted() {
      // What does not fit any more is missing from a report that is partial in any case.
      _ = try? endAll(of: package, line: max(1, lines.number))
    }
  }

  private mutating func take(_ package: String, _ action: String, _ event: JSONEvent) throws(TestReportError) {
    switch action {
    case "start": try begin(package, event.line)
    case "output": tests.print(package, try event.text("Output") ?? "")
    case "pass", "skip", "fail":
      let isCut = try endAll(of: package, line: event.line)
      let hasFailed = packages.removeValue(forKey: package) ?? false
      let output = tests.end(package)
      guard action == "fail", !hasFailed, !isCut else { return }
      let build = try event.text("FailedBuild").map { tests.end($0) } ?? ""
      try collector.add(
        TestCase(name: package.boundedName, outcome: .errored, message: build + output), line: event.line)
    default: return
    }
  }

  private mutating func begin(_ package: String, _ line: Int) throws(TestReportError) {
    guard packages.count < 100_000, package.utf8.count <= TestReportLimits.name else {
      throw TestReportError(.size, line: line, "more packages, or a longer name of one, than can be kept")
    }
    packages[package] = packages[package] ?? false
  }

  private mutating func end(
    _ name: String, in package: String, _ outcome: TestOutcome, _ event: JSONEvent
  ) throws(TestReportError) {
    let output = tests.end(name, in: package)
    let message = outcome == .passed ? "" : output
    try collector.add(TestCase(name: name, outcome: outcome, message: message), line: event.line)
  }

  /// Makes errors of the tests that did not end; whether there were any.
  private mutating func endAll(of package: String, line: Int) throws(TestReportError) -> Bool {
    let open = tests.endAll(in: package)
    for (name, output) in open {
      try collector.add(TestCase(name: name, outcome: .errored, message: "did not end\n" + output), line: line)
    }
    return !open.isEmpty
  }
}
