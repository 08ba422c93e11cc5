internal import Sandbox
internal import Scoring
internal import Workspace

extension Workbench {
  /// The most of a report on stdout that is kept while the run goes on. Larger ones have to be written into a file.
  static let reportSize = 64 << 20

  /// Runs a scorer's tests once, reads what they reported, and judges it. With the end of what a failing run printed.
  func testVerdict(
    _ scorer: HarnessScorer, _ specimen: Specimen, seed: UInt64
  ) throws -> (report: TestReport, verdict: TestVerdict, output: String) {
    let run = try prepared(scorer, specimen, seed: seed)
    defer { finish(run) }
    return try testVerdict(scorer, run.remains)
  }

  /// Reads what a run of tests reported, and judges it.
  func testVerdict(
    _ scorer: HarnessScorer, _ left: RunRemains
  ) throws -> (report: TestReport, verdict: TestVerdict, output: String) {
    let report = try testReport(scorer, left)
    var success: Int32 = 0
    if case .exitCode(let expected) = scorer.expect { success = Int32(expected) }
    let pins = pinned[scorer.name]
    var verdict = TestGate.judge(
      report: report, exitCode: left.code, success: success, pinned: pins?.names ?? [], required: Set(scorer.required),
      unstable: pins?.unstable ?? [], failToPass: Set(scorer.failToPass ?? []),
      passToPass: scorer.passToPass.map { Set($0) }, flaky: scorer.flaky)
    var reasons = verdict.reasons
    if left.code == nil { reasons.insert("the test run \(left.ended)", at: 0) }
    // What the run printed tells why there is no report, or only a part of one.
    if let last = reasons.indices.last, left.code == nil || report.fault != nil || report.cases.isEmpty {
      reasons[last] += left.says
    }
    verdict = TestVerdict(counts: verdict.counts, reasons: reasons)
    return (report, verdict, verdict.passed ? "" : left.tails.first ?? "")
  }

  /// How many tests there were, in words.
  func summary(_ report: TestReport) -> String {
    let flaky = TestCounts(report).flaky
    return "\(report.cases.count) tests" + (flaky == 0 ? "" : ", \(flaky) passed only when tried again")
  }

  private func testReport(_ scorer: HarnessScorer, _ left: RunRemains) throws -> TestReport {
    guard let format = scorer.report else { return TestReport(cases: []) }
    var builder = TestReportBuilder(format)
    if let place = scorer.reportPlace {
      try readFiles(place, format, left, into: &builder)
    } else if try !readOnlyFile(format, left, into: &builder) {
      readOutput(left, into: &builder)
    }
    return builder.report()
  }

  private func readFiles(
    _ place: ReportPlace, _ format: TestReportFormat, _ left: RunRemains, into builder: inout TestReportBuilder
  ) throws {
    let folder = place.folder == .tree ? left.written ?? left.out : left.out
    var paths: [TreePath] = []
    if place.isPattern {
      let pattern = try Glob(place.path)
      paths = try files(in: folder).filter { pattern.matches($0) }
    } else if let path = TreePath(place.path) {
      paths = [path]
      // `swift test --xunit-output x.xml` writes Swift Testing's part beside XCTest's, which may not be there at all.
      if format == .junit, place.path.hasSuffix(".xml") {
        let other = TreePath(String(place.path.dropLast(4)) + "-swift-testing.xml")
        paths += [other].compactMap { $0 }.filter { OutputFolder.stream(folder, $0) { _ in false } }
      }
    }
    var found = 0
    for path in paths {
      builder.begin(path.description)
      let isThere = OutputFolder.stream(folder, path) { builder.add($0) }
      if isThere {
        found += 1
        builder.end()
      }
    }
    if found == 0 {
      let remark = place.folder == .tree ? ", or was not written by this run" : ""
      builder.fail(.missing, "the tests left no report: \(place.text) is not there\(remark)")
    }
  }

  /// The one file in `$BELLJAR_OUT` that is named like a report, for TAP, which has no usual place.
  private func readOnlyFile(
    _ format: TestReportFormat, _ left: RunRemains, into builder: inout TestReportBuilder
  ) throws -> Bool {
    guard format == .tap else { return false }
    let fitting = try files(in: left.out).filter { $0.bytes.suffix(4).elementsEqual(".tap".utf8) }
    guard fitting.count == 1 else { return false }
    builder.begin(fitting[0].description)
    guard OutputFolder.stream(left.out, fitting[0], take: { builder.add($0) }) else { return false }
    builder.end()
    return true
  }

  private func readOutput(_ left: RunRemains, into builder: inout TestReportBuilder) {
    builder.begin()
    let kept = left.output.withUnsafeBytes { builder.add($0) }
    if kept, left.outputCount > left.output.count {
      builder.fail(
        .size,
        "stdout holds \(left.outputCount) bytes, of which \(left.output.count) are read; write the report into a file")
    }
    builder.end()
  }

  /// Regular files and whatever else is no folder, by path, so that a report is the same each time.
  func files(in folder: String, leftBy: String = "the test run") throws -> [TreePath] {
    try UpperNames.list(folder, leftBy: leftBy).filter { !$0.isFolder }.compactMap { TreePath(bytes: $0.path) }
      .sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }
  }
}

extension HarnessScorer {
  /// Whether stdout is read: a report is there, or it is judged.
  var readsOutput: Bool {
    (report != nil || benchmarkReport != nil || metric != nil) && reportPlace == nil || judge?.showsOutput == true
  }

  /// How each test ended, as the harness counts it.
  func outcomes(_ report: TestReport) -> [String: TestOutcome] {
    Dictionary(report.cases.map { ($0.name, flaky == .pass && $0.outcome == .flaky ? .passed : $0.outcome) }) { $1 }
  }
}
