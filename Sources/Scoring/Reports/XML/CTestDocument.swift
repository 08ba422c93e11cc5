/// The `Test.xml` that CTest writes into `Testing/TAG`, for its dashboards.
///
/// `Site/Testing` holds a `TestList` of `Test` names, then one `Test Status="passed|failed|notrun"` each, with `Name`,
/// `Path`, and measurements; of those `Exit Code` and `Completion Status` say why. A test that was disabled or asked to be
/// skipped is skipped; one whose program could not be started counts as an error, as it does for ctest's exit code. A test
/// that is listed and has no result did not run. Names are `Path/Name`, the `./` left out. Written after CMake's
/// `cmCTestTestHandler.cxx`, <https://cmake.org/cmake/help/latest/manual/ctest.1.html>.
final class CTestDocument: XMLDocument {
  static let expected = "CTest's Test.xml, which begins with <Site>"

  private enum Element {
    case site, testing, list, listed, test, name, path, results
    case measurement(String)
    case value(String)
    case output, other
  }

  private let collector: TestCaseCollector
  private var open: [Element] = []
  private var text = XMLText()
  private var listed: Set<String> = []
  private var listedBytes = 0
  private var status = ""
  private var name = ""
  private var path = ""
  private var completion = ""
  private var exit = ""
  private var output = ""
  private var hasTesting = false

  init(collector: TestCaseCollector) { self.collector = collector }

  var wantsText: Bool {
    switch open.last {
    case .listed, .name, .path, .value: !text.isFull
    default: false
    }
  }

  func append(_ bytes: UnsafeBufferPointer<UInt8>) { text.append(bytes) }

  func begin(_ tag: String, _ attributes: XMLAttributes, line: Int) throws(TestReportError) {
    text.removeAll()
    switch (open.last, tag) {
    case (nil, "Site"): open.append(.site)
    case (nil, _):
      throw TestReportError(.structure, line: line, "expected \(Self.expected), found <\(tag.prefix(40))>")
    case (.site, "Testing"):
      hasTesting = true
      open.append(.testing)
    case (.testing, "TestList"): open.append(.list)
    case (.list, "Test"): open.append(.listed)
    case (.testing, "Test"): beginTest(attributes)
    case (.test, "Name"): open.append(.name)
    case (.test, "Path"): open.append(.path)
    case (.test, "Results"): open.append(.results)
    case (.results, "NamedMeasurement"): open.append(.measurement(value(of: "name", attributes)))
    case (.results, "Measurement"): open.append(.measurement(""))
    case (.measurement(let name), "Value"): open.append(.value(name))
    default: open.append(.other)
    }
  }

  func end(line: Int) throws(TestReportError) {
    switch open.popLast() {
    case .listed: try list(text.trimmed, line)
    case .name: name = text.trimmed
    case .path: path = text.trimmed
    case .value("Completion Status"): completion = text.trimmed
    case .value("Exit Code"): exit = text.trimmed
    case .value(""): output = text.trimmed
    case .test: try endTest(line)
    default: break
    }
    text.removeAll()
  }

  func finish(line: Int) throws(TestReportError) {
    guard hasTesting else {
      throw TestReportError(.structure, line: line, "a <Site> without <Testing>: is it another of CTest's files?")
    }
    for name in listed.sorted() {
      try collector.add(TestCase(name: name, outcome: .errored, message: "listed, but has no result"), line: line)
    }
  }

  private func beginTest(_ attributes: XMLAttributes) {
    (name, path, completion, exit, output) = ("", "", "", "", "")
    status = value(of: "Status", attributes)
    open.append(.test)
  }

  private func endTest(_ line: Int) throws(TestReportError) {
    guard !name.isEmpty else { throw TestReportError(.structure, line: line, "a <Test> without a <Name>") }
    let full = relative(path.isEmpty ? name : path + "/" + name)
    listed.remove(full)
    let outcome: TestOutcome
    switch status {
    case "passed": outcome = .passed
    case "failed": outcome = completion == "Completed" || completion.isEmpty ? .failed : .errored
    case "notrun":
      outcome = completion == "Disabled" || completion.hasPrefix("SKIP_") ? .skipped : .errored
    default:
      throw TestReportError(
        .structure, line: line, "Status=\"\(status.prefix(40))\": expected passed, failed or notrun")
    }
    let why = [completion == "Completed" ? "" : completion, exit == "Failed" ? "" : exit, output].filter { !$0.isEmpty }
    try collector.add(
      TestCase(name: full, outcome: outcome, message: outcome == .passed ? "" : why.joined(separator: "\n")), line: line
    )
  }

  private func list(_ name: String, _ line: Int) throws(TestReportError) {
    let full = relative(name)
    listedBytes += full.utf8.count
    guard listedBytes <= collector.limits.names, listed.count < collector.limits.cases else {
      throw TestReportError(.size, line: line, "the list of tests is too long")
    }
    listed.insert(full)
  }

  private func relative(_ name: String) -> String {
    var rest = Substring(name)
    while rest.hasPrefix("./") { rest = rest.dropFirst(2) }
    return String(rest).boundedName
  }

  private func value(of wanted: String, _ attributes: XMLAttributes) -> String {
    var found = ""
    attributes.visit { key, value in if key == wanted { found = String(cString: value).boundedMessage } }
    return found
  }
}
