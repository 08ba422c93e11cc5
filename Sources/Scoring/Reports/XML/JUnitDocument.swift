/// JUnit XML as pytest, Surefire, nextest, ctest, Swift Testing and their kin write it.
///
/// A case's name is its `classname`, a dot and its `name`; the suite's name stands in for a class that is missing, and goes
/// before it where two suites have a case of one name (node gives all the class `test`). The cases are counted; the `tests`, `failures` and `time` attributes, which anyone can write, are not looked at. An `error`
/// or `failure` directly in a `testsuite` becomes an errored case named after the suite. Surefire's `flakyFailure` and
/// `rerunFailure` are described in <https://maven.apache.org/surefire/maven-surefire-plugin/xsd/surefire-test-report-3.0.xsd>;
/// nextest writes them too.
final class JUnitDocument: XMLDocument {
  static let expected = "JUnit XML"

  private enum Element {
    case suites
    case suite(name: String, path: String)
    case testCase
    case outcome
    case other
  }

  private let collector: TestCaseCollector
  private var open: [Element] = []
  private var current = TestCase(name: "", outcome: .passed)
  /// Whether the case is expected to fail: node writes `<skipped type="todo">` and then the failure.
  private var isTodo = false
  private var text = XMLText()

  init(collector: TestCaseCollector) { self.collector = collector }

  /// Whether text belongs to the message of the case at hand.
  var wantsText: Bool {
    if case .outcome = open.last { return !text.isFull }
    return false
  }

  func append(_ bytes: UnsafeBufferPointer<UInt8>) { text.append(bytes) }

  func begin(_ tag: String, _ attributes: XMLAttributes, line: Int) throws(TestReportError) {
    func wrong(_ detail: String) -> TestReportError { TestReportError(.structure, line: line, detail) }
    switch (open.last, tag) {
    case (nil, "testsuites"):
      open.append(.suites)
    case (nil, "testsuite"), (.suites, "testsuite"), (.suite, "testsuite"):
      let name = JUnitAttributes(attributes).name.boundedName
      open.append(.suite(name: name, path: (suitePath.isEmpty ? name : suitePath + "." + name).boundedName))
    case (nil, _):
      throw wrong("expected <testsuites> or <testsuite>, found <\(tag.prefix(40))>")
    case (.suites, "testcase"), (.suite, "testcase"):
      let found = JUnitAttributes(attributes)
      guard !found.name.isEmpty else { throw wrong("a <testcase> without a name") }
      current = TestCase(name: name(of: found), outcome: found.outcome)
      isTodo = false
      open.append(.testCase)
    case (_, "testcase"), (_, "testsuite"):
      throw wrong("a <\(tag)> lies where none may be: only suites hold suites and cases")
    case (.testCase, _):
      beginOutcome(tag, attributes)
    case (.suite(let name, _), "error"), (.suite(let name, _), "failure"):
      let message = JUnitAttributes(attributes).message
      try collector.add(
        TestCase(name: name.isEmpty ? "testsuite" : name, outcome: .errored, message: message), line: line)
      open.append(.other)
    default:
      open.append(.other)
    }
  }

  func end(line: Int) throws(TestReportError) {
    switch open.popLast() {
    case .testCase: try collector.add(current, in: suitePath, line: line)
    case .outcome where current.message.isEmpty: current.message = text.trimmed
    default: break
    }
  }

  func finish(line: Int) {}

  /// The names of the suites around what is open, joined by dots.
  private var suitePath: String {
    if case .suite(_, let path) = open.last { return path }
    return ""
  }

  private func name(of found: JUnitAttributes) -> String {
    var group = found.classname
    if group.isEmpty, case .suite(let suite, _) = open.last { group = suite }
    return (group.isEmpty ? found.name : group + "." + found.name).boundedName
  }

  private func beginOutcome(_ tag: String, _ attributes: XMLAttributes) {
    let outcome: TestOutcome
    switch tag {
    case "failure", "rerunFailure": outcome = .failed
    case "error", "rerunError": outcome = .errored
    case "skipped": outcome = .skipped
    case "flakyFailure", "flakyError": outcome = .flaky
    default: return open.append(.other)
    }
    text.removeAll()
    guard !isTodo else { return open.append(.other) }
    let found = JUnitAttributes(attributes)
    isTodo = outcome == .skipped && found.type == "todo"
    if outcome.badness > current.outcome.badness || current.message.isEmpty {
      current.message = found.message
    }
    if outcome.badness > current.outcome.badness { current.outcome = outcome }
    open.append(.outcome)
  }
}
