/// Reads the event stream of Swift Testing, JSON lines as `swift test --event-stream-output-path` writes them.
///
/// A test is called by its id without the place in the source, which moves with every edit: `Module.Suite/counts()`. An
/// issue that is neither known nor a warning fails it; a known one makes it skipped, as an expected failure. A stream
/// without `runEnded` was cut off by a crash; what ran then is an error.
/// <https://github.com/swiftlang/swift-testing/blob/main/Documentation/ABI/JSON.md>
struct SwiftTestingReader: JSONLineReader {
  var lines: LineSplitter
  let limits: TestReportLimits
  private let collector: TestCaseCollector
  private var tests: RunningTests
  /// The ids of suites, which begin and end like tests and are none.
  private var suites: Set<String> = []
  private var suiteBytes = 0
  /// What went wrong so far in a test that runs.
  private var outcomes: [String: TestOutcome] = [:]
  private var openRuns = 0
  private var hasRuns = false

  init(collector: TestCaseCollector) {
    self.collector = collector
    limits = collector.limits
    lines = LineSplitter(limit: limits.line)
    tests = RunningTests(limits: limits)
  }

  mutating func take(_ record: JSONEvent) throws(TestReportError) {
    guard let payload = record["payload"] else { return }
    switch try record.text("kind") {
    case "test":
      guard try payload.text("kind") == "suite" else { return }
      let id = try payload.needed("id")
      suiteBytes += id.utf8.count
      guard suiteBytes <= limits.names, suites.count < limits.cases else {
        throw TestReportError(.size, line: record.line, "more suites than can be kept")
      }
      suites.insert(id)
    case "event": try takeEvent(payload)
    default: return
    }
  }

  mutating func end() throws(TestReportError) {
    salvage()
    let line = max(1, lines.number)
    guard hasRuns else {
      throw TestReportError(.malformed, line: line, "no runStarted: expected Swift Testing's event stream")
    }
    if openRuns > 0 {
      throw TestReportError(.malformed, line: line, "the run has no end: did a test crash it?")
    }
  }

  mutating func salvage() {
    for (id, output) in tests.endAll() where !suites.contains(id) {
      let message = "did not end\n" + output
      // What does not fit any more is missing from a report that is partial in any case.
      try? collector.add(TestCase(name: Self.name(id), outcome: .errored, message: message), line: lines.number)
    }
  }

  private mutating func takeEvent(_ event: JSONEvent) throws(TestReportError) {
    let kind = try event.needed("kind")
    switch kind {
    case "runStarted":
      openRuns += 1
      hasRuns = true
    case "runEnded": openRuns = max(0, openRuns - 1)
    case "testStarted": try tests.begin(try event.needed("testID"), line: event.line)
    case "testSkipped":
      tests.print(try event.needed("testID"), try Self.words(event))
      try end(try event.needed("testID"), or: .skipped, event)
    case "testEnded": try end(try event.needed("testID"), or: .passed, event)
    case "issueRecorded": try takeIssue(event)
    default: return
    }
  }

  private mutating func takeIssue(_ event: JSONEvent) throws(TestReportError) {
    let issue = event["issue"]
    let isKnown = issue?.flag("isKnown") ?? false
    let severity = try issue?.text("severity")
    let isWarning = issue?.flag("isFailure") == false || severity == "warning"
    guard isKnown || !isWarning else { return }
    let text = try Self.words(event)
    guard let id = try event.text("testID"), !id.isEmpty else {
      // Not in any test: a task that outlived its own, or the run itself.
      return try collector.add(TestCase(name: "test run", outcome: .errored, message: text), line: event.line)
    }
    try tests.begin(id, line: event.line)
    tests.print(id, text + "\n")
    let outcome: TestOutcome = isKnown ? .skipped : .failed
    if outcome.badness > (outcomes[id]?.badness ?? 0) { outcomes[id] = outcome }
  }

  private mutating func end(_ id: String, or outcome: TestOutcome, _ event: JSONEvent) throws(TestReportError) {
    let output = tests.end(id)
    let found = outcomes.removeValue(forKey: id)
    // A suite is no test, but it can fail: by its own traits, or before its tests.
    guard !suites.contains(id) || found == .failed else { return }
    try collector.add(
      TestCase(name: Self.name(id), outcome: found ?? outcome, message: output), line: event.line)
  }

  private static func words(_ event: JSONEvent) throws(TestReportError) -> String {
    var words: [String] = []
    for message in event["messages"]?.elements ?? [] {
      if let text = try message.text("text") { words.append(text) }
    }
    return words.joined(separator: "\n")
  }

  /// An id without its last part, `File.swift:12:4`.
  private static func name(_ id: String) -> String {
    guard let slash = id.lastIndex(of: "/") else { return id }
    let place = id[slash...].split(separator: ":")
    guard place.count == 3, place[0].hasSuffix(".swift"), Int(place[1]) != nil, Int(place[2]) != nil else { return id }
    return String(id[..<slash])
  }
}
