import Scoring
import Testing

@Suite("cargo test") struct CargoTestReaderTests {
  private func read(_ text: String) -> TestReport { TestReportFormat.cargoTest.read(Array(text.utf8)) }

  private static let end = "test result: ok. 0 passed\n"

  @Test("the blocks of a run are read; a name that comes again in a later one is numbered")
  func sample() throws {
    let report = try TestReportFormat.cargoTest.readWhole(Fixture.report("cargo-test.txt"))
    #expect(
      report.cases.map { "\($0.name): \($0.outcome)" } == [
        "tests::counts: passed", "tests::later: skipped", "tests::panics - should panic: passed",
        "tests::broken: failed", "counts: passed", "src/lib.rs - count (line 3): passed",
      ])
    #expect(report.cases[1].message == "slow")
    #expect(report.cases[3].message.contains("three words"))
  }

  @Test("where stderr is in the report the binary is part of the name")
  func merged() throws {
    let report = try TestReportFormat.cargoTest.readWhole(Fixture.report("cargo-test-merged.txt"))
    #expect(report.cases.first?.name == "words::tests::counts")
    #expect(report.cases.suffix(2).map(\.name) == ["files::counts", "doc-tests words::src/lib.rs - count (line 3)"])
  }

  @Test("one name in two binaries is two tests, twice in one is one")
  func numbered() {
    let twice = "running 2 tests\ntest a ... ok\ntest a ... FAILED\n\(Self.end)"
    let report = read(twice + "running 1 test\ntest a ... ok\n" + Self.end)
    #expect(report.fault == nil)
    #expect(report.cases.map { "\($0.name): \($0.outcome)" } == ["a: failed", "a (2): passed"])
  }

  @Test("with --nocapture a result stands behind what the test printed")
  func noCapture() {
    let report = read("running 2 tests\ntest a ... hello\nmore\nok\ntest b ... ok\n\(Self.end)")
    #expect(report.fault == nil)
    #expect(report.cases.map { "\($0.name): \($0.outcome)" } == ["a: passed", "b: passed"])
  }

  @Test("a test without a result is an error")
  func open() {
    let report = read("running 2 tests\ntest a ... hello\ntest b ... ok\n\(Self.end)")
    #expect(report.cases.map { "\($0.name): \($0.outcome)" } == ["a: errored", "b: passed"])
  }

  @Test("a block that is cut off, or holds another number of tests, makes the report partial")
  func partial() {
    let cut = read("running 2 tests\ntest a ... ok\n")
    #expect(cut.fault?.code == .malformed)
    #expect(cut.cases.map(\.name) == ["a"])
    let few = read("running 3 tests\ntest a ... ok\n" + Self.end)
    #expect(few.fault?.code == .plan)
    #expect(few.fault?.line == 3)
  }

  @Test("a build that failed leaves no tests")
  func noBlocks() {
    let report = read("error: could not compile `words`\n")
    #expect(report.fault?.detail.contains("did the build fail?") == true)
    #expect(!TestGate.judge(report: report, exitCode: 101).passed)
  }
}
