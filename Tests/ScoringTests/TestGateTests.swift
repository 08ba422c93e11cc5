import Scoring
import Testing

@Suite("TestGate") struct TestGateTests {
  private func report(_ outcomes: KeyValuePairs<String, TestOutcome>) -> TestReport {
    TestReport(cases: outcomes.map { TestCase(name: $0.key, outcome: $0.value) })
  }

  @Test("all pinned tests passed and exit code 0: passed")
  func passes() {
    let verdict = TestGate.judge(
      report: report(["a": .passed, "b": .passed, "c": .skipped]), exitCode: 0, pinned: ["a", "b"], required: ["a"])
    #expect(verdict.passed)
    #expect(verdict.reasons.isEmpty)
    #expect(verdict.counts.total == 3)
    #expect(verdict.passRate == 2.0 / 3)
  }

  @Test("no tests never pass, even with nothing pinned")
  func empty() {
    let verdict = TestGate.judge(report: TestReport(cases: []), exitCode: 0)
    #expect(!verdict.passed)
    #expect(verdict.passRate == 0)
  }

  @Test("a run whose tests were all skipped tested nothing, whatever is pinned")
  func allSkipped() {
    let two = TestGate.judge(report: report(["a": .skipped, "b": .skipped]), exitCode: 0)
    #expect(two.reasons == ["all 2 tests were skipped: nothing was tested"])
    let one = TestGate.judge(report: report(["a": .skipped]), exitCode: 0, pinned: ["a"], unstable: ["a"])
    #expect(one.reasons == ["the only test was skipped: nothing was tested"])
    #expect(TestGate.judge(report: report(["a": .skipped]), exitCode: 0, passToPass: []).reasons.count == 1)
    #expect(TestGate.judge(report: report(["a": .skipped, "b": .passed]), exitCode: 0).passed)
  }

  @Test("a pinned test that did not run is named")
  func missing() {
    let verdict = TestGate.judge(report: report(["a": .passed]), exitCode: 0, pinned: ["a", "gone", "lost"])
    #expect(verdict.reasons == ["pinned tests did not run: gone, lost"])
  }

  @Test("a pinned test that was skipped or only passed when tried again is named")
  func weakened() {
    let verdict = TestGate.judge(report: report(["a": .skipped, "b": .flaky]), exitCode: 0, pinned: ["a", "b"])
    #expect(
      verdict.reasons == ["pinned tests passed only when tried again: b", "pinned tests were skipped: a"])
  }

  @Test("an unstable test may fail, be skipped or be missing", arguments: [TestOutcome.failed, .skipped, .flaky, nil])
  func unstable(_ outcome: TestOutcome?) {
    var found = report(["a": .passed])
    if let outcome { found.cases.append(TestCase(name: "u", outcome: outcome)) }
    let verdict = TestGate.judge(
      report: found, exitCode: outcome == .failed ? 1 : 0, pinned: ["a", "u"], unstable: ["u"])
    #expect(verdict.passed, "\(verdict.reasons)")
  }

  @Test("a required test must pass, unstable or not", arguments: [TestOutcome.failed, .errored, .skipped, nil])
  func required(_ outcome: TestOutcome?) {
    var found = report(["a": .passed])
    if let outcome { found.cases.append(TestCase(name: "r", outcome: outcome)) }
    let verdict = TestGate.judge(
      report: found, exitCode: outcome == .failed || outcome == .errored ? 1 : 0, required: ["r"], unstable: ["r"])
    #expect(verdict.reasons.count == 1)
    #expect(verdict.reasons.allSatisfy { $0.hasPrefix("required tests ") && $0.hasSuffix(": r") })
  }

  @Test("a new test that fails is named")
  func newFailure() {
    let verdict = TestGate.judge(report: report(["a": .passed, "new": .failed]), exitCode: 1, pinned: ["a"])
    #expect(verdict.reasons == ["failed: new"])
  }

  @Test("exit code 0 beside a failure does not pass, even if only an unstable test failed")
  func exitTooGood() {
    let verdict = TestGate.judge(
      report: report(["a": .passed, "u": .failed]), exitCode: 0, pinned: ["a"], unstable: ["u"])
    #expect(verdict.reasons == ["the exit code is 0, but the report holds 1 failed: u"])
  }

  @Test("another exit code beside a report without failures does not pass")
  func exitTooBad() {
    let verdict = TestGate.judge(report: report(["a": .passed]), exitCode: 3, pinned: ["a"])
    #expect(verdict.reasons == ["the exit code is 3, but no test in the report failed"])
  }

  @Test("a long list of names is cut, and says so")
  func longList() {
    let names = Set((10..<25).map { "t\($0)" })
    let verdict = TestGate.judge(report: report(["a": .passed]), exitCode: 0, pinned: names)
    #expect(
      verdict.reasons == ["pinned tests did not run: t10, t11, t12, t13, t14, t15, t16, t17, t18, t19 and 5 more"])
  }

  @Test("a report that names a test twice is judged by the worse")
  func twice() {
    let verdict = TestGate.judge(report: report(["a": .failed, "a": .passed]), exitCode: 1, pinned: ["a"])
    #expect(verdict.reasons == ["pinned tests failed: a"])
  }

  @Test("a flaky pass counts as the harness says", arguments: [FlakyRule.fail, .pass])
  func flaky(_ rule: FlakyRule) {
    let found = report(["a": .flaky, "b": .passed, "new": .flaky])
    let verdict = TestGate.judge(report: found, exitCode: 0, pinned: ["a", "b"], flaky: rule)
    #expect(verdict.passed == (rule == .pass))
    #expect(verdict.passRate == (rule == .pass ? 1 : 1.0 / 3))
    #expect(
      rule == .pass
        || verdict.reasons == ["pinned tests passed only when tried again: a", "passed only when tried again: new"])
  }

  @Test("a partial report never passes, even if all that it holds did")
  func partial() {
    var found = report(["a": .passed])
    found.fault = TestReportError(.malformed, line: 3, "cut")
    let verdict = TestGate.judge(report: found, exitCode: 0)
    #expect(verdict.reasons == ["the report is partial, 1 tests were read: test report, line 3: cut"])
    #expect(verdict.counts.passed == 1)
  }

  @Test("another code than 0 may stand for success, and a killed run has none")
  func exitCodes() {
    #expect(TestGate.judge(report: report(["a": .passed]), exitCode: 3, success: 3).passed)
    #expect(
      TestGate.judge(report: report(["a": .passed]), exitCode: 0, success: 3).reasons
        == ["the exit code is 0, but no test in the report failed"])
    #expect(TestGate.judge(report: report(["a": .failed]), exitCode: nil).reasons == ["failed: a"])
  }

  @Test("a test of fail_to_pass must pass, also where it was unstable", arguments: [TestOutcome.failed, .flaky, nil])
  func failToPass(_ outcome: TestOutcome?) {
    var found = report(["a": .passed])
    if let outcome { found.cases.append(TestCase(name: "new", outcome: outcome)) }
    let verdict = TestGate.judge(
      report: found, exitCode: outcome == .failed ? 1 : 0, pinned: ["a", "new"], unstable: ["new"],
      failToPass: ["new"])
    #expect(verdict.reasons.count == 1)
    #expect(verdict.reasons.allSatisfy { $0.hasPrefix("fail_to_pass tests ") && $0.hasSuffix(": new") })
  }

  @Test("with pass_to_pass nothing else is judged but what is named elsewhere")
  func passToPass() {
    let found = report(["a": .passed, "b": .failed, "new": .failed, "fixed": .passed])
    let verdict = TestGate.judge(
      report: found, exitCode: 1, pinned: ["a", "b", "gone"], failToPass: ["fixed"], passToPass: ["a"])
    #expect(verdict.passed, "\(verdict.reasons)")
    let broken = TestGate.judge(report: found, exitCode: 1, required: ["new"], passToPass: ["a", "b"])
    #expect(broken.reasons == ["pass_to_pass tests failed: b", "required tests failed: new"])
  }
}
