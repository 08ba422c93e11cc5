/// Reads what `cargo test` prints: libtest's pretty format, one block a test binary.
///
/// `running N tests` begins a block, `test result:` ends it; a block that does not end, or holds another number of results,
/// was cut off. Which binary a block belongs to stands on stderr only: where both streams are in the report the name is
/// `binary::test`, else a name that comes again in a later block is called `name (2)`.
/// <https://doc.rust-lang.org/rustc/tests/index.html>
struct CargoTestReader: LineReader {
  var lines: LineSplitter
  private let collector: TestCaseCollector
  private var blocks = TestBlocks()
  private var expected: Int?
  private var found = 0
  private var hasBlocks = false
  /// The last line on `stderr` that named a binary.
  private var binary = ""
  /// A test whose result stands on a later line, behind what it printed (`--nocapture`).
  private var open: String?
  /// The test whose output follows.
  private var section: String?
  private var output = ""

  init(collector: TestCaseCollector) {
    self.collector = collector
    lines = LineSplitter(limit: collector.limits.line)
  }

  mutating func take(_ line: ReportLine) throws(TestReportError) {
    if line.isCut, line.starts(with: "test ") {
      throw TestReportError(.size, line: line.number, "a test line of more than \(lines.limit) bytes")
    }
    let text = line.text
    if expected != nil {
      try takeInside(text, line.number)
    } else if let count = Self.count(in: text) {
      (expected, found, hasBlocks) = (count, 0, true)
      blocks.begin(binary)
    } else if let name = Self.binary(in: text) {
      binary = name
    }
  }

  mutating func end() throws(TestReportError) {
    let line = max(1, lines.number)
    salvage()
    guard hasBlocks else {
      throw TestReportError(.malformed, line: line, "no \"running N tests\": did the build fail?")
    }
    if let expected {
      throw TestReportError(
        .malformed, line: line, "the last test binary ended early: \(found) of \(expected) tests have a result")
    }
  }

  mutating func salvage() {
    // What does not fit any more is missing from a report that is partial in any case.
    try? closeOpen(lines.number)
    endSection()
  }

  private mutating func takeInside(_ text: String, _ line: Int) throws(TestReportError) {
    if text.hasPrefix("test result: ") { return try endBlock(line) }
    if let section = Self.section(in: text) {
      endSection()
      self.section = section
      return
    }
    if section != nil {
      if text == "failures:" { return endSection() }
      if output.utf8.count < TestReportLimits.message { output += text.boundedMessage + "\n" }
      return
    }
    if let open, let outcome = Self.outcome(Substring(text)) {
      self.open = nil
      return try add(open, outcome, line)
    }
    guard text.hasPrefix("test ") else { return }
    if let split = text.range(ofLast: " ... "), let outcome = Self.outcome(text[split.upperBound...]) {
      try closeOpen(line)
      try add(String(text[..<split.lowerBound].dropFirst(5)), outcome, line)
    } else if let split = text.range(ofFirst: " ... ") {
      try closeOpen(line)
      open = String(text[..<split.lowerBound].dropFirst(5))
    }
  }

  private mutating func add(
    _ name: String, _ result: (outcome: TestOutcome, message: String), _ line: Int
  ) throws(TestReportError) {
    found += 1
    try collector.add(
      TestCase(name: try blocks.name(name, collector.limits, line), outcome: result.outcome, message: result.message),
      line: line)
  }

  private mutating func closeOpen(_ line: Int) throws(TestReportError) {
    guard let name = open else { return }
    open = nil
    try add(name, (.errored, "has no result"), line)
  }

  private mutating func endSection() {
    if let section { collector.explain(blocks.known(section), output) }
    (section, output) = (nil, "")
  }

  private mutating func endBlock(_ line: Int) throws(TestReportError) {
    try closeOpen(line)
    endSection()
    guard let expected, expected == found else {
      throw TestReportError(
        .plan, line: line, "the block says \(expected ?? 0) tests, \(found) have a result")
    }
    self.expected = nil
    binary = ""
  }
}

extension CargoTestReader {
  /// The N of `running N tests`.
  private static func count(in text: String) -> Int? {
    guard text.hasPrefix("running "), text.utf8.count < 40 else { return nil }
    let words = text.split(separator: " ")
    guard words.count == 3, words[0] == "running", words[2] == "test" || words[2] == "tests" else { return nil }
    return Int(words[1])
  }

  /// The binary of `Running unittests src/lib.rs (target/debug/deps/words-0123456789abcdef)`, without the hash, which
  /// changes with the build; of `Doc-tests words` that.
  private static func binary(in text: String) -> String? {
    guard text.hasPrefix("   "), text.utf8.count < 4_096 else { return nil }
    let words = text.split(separator: " ")
    if words.count == 2, words[0] == "Doc-tests" { return "doc-tests \(words[1])".boundedName }
    guard words.first == "Running", let file = words.last, file.hasPrefix("("), file.hasSuffix(")") else { return nil }
    let name = file.dropFirst().dropLast().split(separator: "/").last ?? ""
    guard let dash = name.lastIndex(of: "-"), name[dash...].dropFirst().allSatisfy(\.isHexDigit) else {
      return String(name).boundedName
    }
    return String(name[..<dash]).boundedName
  }

  /// The test of `---- name stdout ----`.
  private static func section(in text: String) -> String? {
    guard text.hasPrefix("---- "), text.hasSuffix(" stdout ----") else { return nil }
    return String(text.dropFirst(5).dropLast(12))
  }

  private static func outcome(_ text: Substring) -> (outcome: TestOutcome, message: String)? {
    switch text {
    case "ok": return (.passed, "")
    case "FAILED": return (.failed, "")
    case "ignored": return (.skipped, "")
    default: break
    }
    if text.hasPrefix("ok <") || text.hasPrefix("bench: ") { return (.passed, "") }
    if text.hasPrefix("FAILED <") || text.hasPrefix("FAILED (") { return (.failed, String(text)) }
    if text.hasPrefix("ignored, ") { return (.skipped, String(text.dropFirst(9))) }
    return nil
  }
}
