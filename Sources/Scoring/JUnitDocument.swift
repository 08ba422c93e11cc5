/// Where the reading of a JUnit report stands. A class, because expat hands its callbacks a pointer.
final class JUnitDocument {
  var collector = TestCaseCollector()
  private(set) var fault: (code: TestReportError.Code, detail: String)?
  /// Ends the parse; set by the reader.
  var stop: () -> Void = {}

  private enum Element {
    case suites
    case suite(name: String)
    case testCase
    case outcome
    case other
  }

  private var open: [Element] = []
  private var current = TestCase(name: "", outcome: .passed)
  private var text: [UInt8] = []

  /// Whether text belongs to the message of the case at hand.
  var wantsText: Bool {
    if case .outcome = open.last { return text.count < TestCase.messageLimit }
    return false
  }

  func append(_ bytes: UnsafeBufferPointer<UInt8>) {
    text.append(contentsOf: bytes.prefix(TestCase.messageLimit - text.count))
  }

  func fail(_ code: TestReportError.Code, _ detail: String) {
    if fault == nil { fault = (code, detail) }
    stop()
  }

  func begin(_ tag: String, _ attributes: JUnitAttributes) {
    guard open.count < JUnitReader.depthLimit else {
      return fail(.depth, "elements lie more than \(JUnitReader.depthLimit) deep")
    }
    switch (open.last, tag) {
    case (nil, "testsuites"):
      open.append(.suites)
    case (nil, "testsuite"), (.suites, "testsuite"), (.suite, "testsuite"):
      open.append(.suite(name: attributes.name))
    case (nil, _):
      fail(.structure, "expected <testsuites> or <testsuite>, found <\(tag.prefix(40))>")
    case (.suites, "testcase"), (.suite, "testcase"):
      beginCase(attributes)
    case (_, "testcase"), (_, "testsuite"):
      fail(.structure, "a <\(tag)> lies where none may be: only suites hold suites and cases")
    case (.testCase, _):
      beginOutcome(tag, attributes)
    case (.suite(let name), "error"), (.suite(let name), "failure"):
      collector.add(
        TestCase(name: name.isEmpty ? "testsuite" : name, outcome: .errored, message: cut(attributes.message)))
      open.append(.other)
    default:
      open.append(.other)
    }
  }

  func end() {
    switch open.popLast() {
    case .testCase: collector.add(current)
    case .outcome where current.message.isEmpty: current.message = trimmed(text)
    default: break
    }
  }

  private func beginCase(_ attributes: JUnitAttributes) {
    guard !attributes.name.isEmpty else { return fail(.structure, "a <testcase> without a name") }
    current = TestCase(
      name: attributes.classname.isEmpty ? attributes.name : attributes.classname + "." + attributes.name,
      outcome: attributes.outcome)
    open.append(.testCase)
  }

  private func beginOutcome(_ tag: String, _ attributes: JUnitAttributes) {
    let outcome: TestOutcome
    switch tag {
    case "failure", "rerunFailure": outcome = .failed
    case "error", "rerunError": outcome = .errored
    case "skipped": outcome = .skipped
    case "flakyFailure", "flakyError": outcome = .flaky
    default: return open.append(.other)
    }
    text.removeAll(keepingCapacity: true)
    if outcome.badness > current.outcome.badness || current.message.isEmpty {
      current.message = cut(attributes.message)
    }
    if outcome.badness > current.outcome.badness { current.outcome = outcome }
    open.append(.outcome)
  }

  private func cut(_ message: String) -> String {
    message.utf8.count <= TestCase.messageLimit
      ? message : String(decoding: message.utf8.prefix(TestCase.messageLimit), as: UTF8.self)
  }

  private func trimmed(_ bytes: [UInt8]) -> String {
    let isSpace: (UInt8) -> Bool = { $0 == 0x20 || (0x09...0x0D).contains($0) }
    guard let first = bytes.firstIndex(where: { !isSpace($0) }), let last = bytes.lastIndex(where: { !isSpace($0) })
    else { return "" }
    return String(decoding: bytes[first...last], as: UTF8.self)
  }
}
