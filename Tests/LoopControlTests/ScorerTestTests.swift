import FoundationEssentials
import Harness
import Ledger
import LoopControl
import Scoring
import Testing

/// A project whose value, `src/n`, is its score: the smaller the better, and below 0 is cheating.
@Suite("A test of scorers") struct ScorerTestTests {
  private static let score = """
    #!/bin/sh
    n=$(cat "$BELLJAR_OUT/n")
    if [ "$n" -lt 0 ]; then echo '{"reject": "below nothing"}'; else echo "$n"; fi
    """
  private static let make = "#!/bin/sh\necho \"$BELLJAR_SEED\" > \"$BELLJAR_IN/seed\"\n"
  private static let expected = """
    same: {verdict: discarded, answer: same, files: none}
    good: {verdict: kept}
    bad: {verdict: discarded, answer: worse}
    cheat: {verdict: rejected, reason: below nothing}

    """

  private static let files = [
    "candidates/good/src/n": "4\n", "candidates/bad/src/n": "6\n", "candidates/cheat/src/n": "-1\n",
  ]

  private func test(
    score: String = score, make: String = make, expected: String = expected, keys: String = "deterministic: true",
    hidden: String = "candidates/**", files: [String: String] = files
  ) throws -> ScorerTestReport {
    let project = try Project(
      [
        "src/n": "5\n", "fixed": "fixed\n", "scoring/score": score, "scoring/make": make,
        "candidates/expected.yaml": expected,
      ].merging(files) { $1 },
      harness: """
        name: number
        surface: {editable: ["src/**"], hidden: ["scoring/**", "\(hidden)"]}
        scorers:
          - name: n
            kind: command
            role: objective
            direction: minimize
            prepare: scoring/make
            run: cp src/n "$BELLJAR_OUT/n"
            score: scoring/score
            \(keys)
        budget: {wall: 20 s}
        """)
    let candidates = try DeclaredCandidate.load(folder: project.folder)
    return try ScorerTest(project.bench(), candidates: candidates, seed: 3).run()
  }

  private func wrong(_ report: ScorerTestReport) -> String {
    report.findings.filter { $0.kind == .wrong }.map { "\($0.subject): \($0.text) -> \($0.advice)" }
      .joined(separator: "\n")
  }

  @Test("candidates come out as in a loop, with the reasons") func right() throws {
    let report = try test()
    #expect(report.isRight && report.findings.isEmpty, "\(report.findings)")
    #expect(report.trials.map(\.verdict.rawValue) == ["discarded", "kept", "discarded", "rejected"])
    #expect(report.trials.map { $0.measured?.answer.rawValue } == ["same", "better", "worse", nil])
    #expect(report.trials[3].reason == "below nothing")
  }

  @Test("a scorer that doesn't look for the cheat is told so, and one that sees nothing at all") func blind() throws {
    let trusting = try test(score: "#!/bin/sh\ncat \"$BELLJAR_OUT/n\"\n")
    #expect(wrong(trusting).hasPrefix("cheat: declared rejected, but it is kept (better: "), "\(wrong(trusting))")
    #expect(wrong(trusting).contains("nothing catches this cheat"))
    let constant = try test(score: "#!/bin/sh\necho 1\n")
    #expect(constant.trials.map(\.isAsDeclared) == [true, false, false, false])
    #expect(wrong(constant).contains("good: declared kept, but it is discarded (same within 0.0 %)"))
    #expect(wrong(constant).contains("cheat: declared rejected, but it is discarded"))
  }

  @Test("the right verdict for the wrong reason is wrong") func reason() throws {
    let report = try test(expected: Self.expected.replacing("below nothing", with: "above all"))
    #expect(wrong(report).contains("the verdict is right, but not why"), "\(wrong(report))")
  }

  @Test(
    "what a broken scorer does is said, with what to do",
    arguments: [
      ("echo NaN", "NaN is not a number that counts", "a score is one finite number"),
      ("echo 1; echo 2", "expected the end after one value", "one number or one object and nothing else"),
      ("echo '{\"score\": true}'", "expected a number, found true", "run the step by hand"),
      ("echo oh >&2; exit 3", "score exited with 3\noh", "run the step by hand"),
      ("echo 1 > \"$BELLJAR_OUT/x\" || exit 1", "Read-only file system", "'score' only prints"),
      ("echo '{\"reject\": \"all\"}'", "the unchanged tree has no score: all", "must answer with a number here"),
    ])
  func broken(_ script: String, _ text: String, _ advice: String) throws {
    let report = try test(score: "#!/bin/sh\n\(script)\n")
    #expect(!report.isRight && report.trials.isEmpty)
    #expect(wrong(report).contains(text) && wrong(report).contains(advice), "\(wrong(report))")
  }

  @Test("answers that differ under one seed are wrong where the scorer is declared deterministic, else noise")
  func noise() throws {
    let random = "#!/bin/sh\nod -An -N3 -tu4 /dev/urandom\n"
    let declared = try test(score: random)
    #expect(wrong(declared).contains("n: declared deterministic, but two runs under one seed answered"))
    let noisy = try test(
      score: random, expected: "same: {verdict: discarded, files: none}\n", keys: "pairs: {min: 1, max: 2}",
      files: [:])
    #expect(wrong(noisy).isEmpty)
    #expect(noisy.findings.contains { $0.kind == .warning && $0.text.contains("two runs under one seed") })
  }

  @Test("inputs must follow from the seed alone, and should follow from it at all") func inputs() throws {
    let clock = try test(make: "#!/bin/sh\nod -An -N8 -tu8 /dev/urandom > \"$BELLJAR_IN/seed\"\n")
    #expect(wrong(clock).contains("'prepare' wrote different inputs under one seed"))
    let fixed = try test(make: "#!/bin/sh\necho 1 > \"$BELLJAR_IN/seed\"\n")
    #expect(fixed.isRight)
    #expect(fixed.findings.map(\.text) == ["'prepare' wrote the same inputs under two seeds"])
  }

  @Test("a process that our own step leaves running is told of") func leftOver() throws {
    let report = try test(score: Self.score + "\n(trap '' HUP TERM; sleep 30) > /dev/null 2>&1 &\n")
    #expect(wrong(report).contains("n.score: the step ended and left"), "\(wrong(report))")
  }

  @Test("a candidate that touches fixed files is rejected for it, one that changes nothing is no candidate")
  func candidates() throws {
    let report = try test(
      expected: "good: {verdict: rejected}\nbad: {verdict: rejected, removes: [fixed]}\ncheat: {verdict: kept}\n",
      files: Self.files.merging(["candidates/good/fixed": "other\n", "candidates/cheat/src/n": "5\n"]) { $1 })
    #expect(report.trials.map(\.isAsDeclared) == [true, true, false])
    #expect(report.trials[0].reason == "changed what is fixed: fixed")
    #expect(report.trials[1].reason == "changed what is fixed: fixed")
    #expect(report.trials[2].reason.contains("the candidate 'cheat' changes nothing"))
  }

  @Test("candidates that agents see are wrong; declarations that prove little get a warning") func declarations() throws
  {
    let report = try test(expected: Self.expected.replacing("kept", with: "discarded"), hidden: "other/**")
    #expect(wrong(report).contains("agents see the candidates"))
    #expect(report.findings.contains { $0.text == "no candidate is declared 'kept'" })
  }

  @Test("tests that can't make up their mind get a warning, and so does a harness without an outside score")
  func unstableTests() throws {
    let run =
      "#!/bin/sh\nr=$(od -An -N8 -tu8 /dev/urandom | tr -d ' ')\nprintf '1..2\\nok 1 - same\\nok 2 - %s\\n' \"$r\"\n"
    let project = try Project(
      ["src/n": "5\n", "run": run, "candidates/expected.yaml": "same: {verdict: kept, files: none}\n"],
      harness: """
        name: tests
        surface: {editable: ["src/**"], hidden: ["candidates/**"]}
        scorers: [{name: t, kind: tests, role: gate, report: tap, run: ./run}]
        """)
    let candidates = try DeclaredCandidate.load(folder: project.folder)
    let report = try ScorerTest(project.bench(), candidates: candidates, seed: 3).run()
    let warnings = report.findings.map(\.text)
    #expect(report.isRight)
    #expect(warnings.contains { $0.hasPrefix("2 test(s) answer differently from run to run") }, "\(warnings)")
    #expect(warnings.contains { $0.hasPrefix("every scorer is of channel 'inside'") })
    #expect(warnings.contains("no candidate is declared 'rejected'"))
  }
}
