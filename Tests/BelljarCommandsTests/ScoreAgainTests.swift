import FoundationEssentials
import Glibc
import Harness
import Testing

@Suite("belljar score, explained and again") struct ScoreAgainTests {
  private static let harness = """
    name: again
    surface: {editable: [src/n], hidden: [scoring/**]}
    build: {run: cp src/n built, outputs: [built]}
    scorers:
      - name: n
        kind: command
        role: objective
        direction: minimize
        prepare: echo 1000 > "$BELLJAR_IN/base"
        run: cat built > "$BELLJAR_OUT/n"
        score: scoring/score
      - {name: small, kind: exit-code, role: gate, run: [/bin/sh, -c, 'test "$(cat src/n)" -lt 9']}
    """

  private func project(_ score: String = "echo $(( $(cat \"$BELLJAR_OUT/n\") + $(cat \"$BELLJAR_IN/base\") ))") throws
    -> Program
  {
    try Program([
      "belljar.yaml": Self.harness, "src/n": "5\n", "src/a": "a\n", "scoring/score": "#!/bin/sh\n\(score)\n",
    ])
  }

  private func write(_ text: String, _ name: String, _ program: Program) throws {
    try Data(text.utf8).write(to: URL(filePath: "\(program.project)/\(name)"))
  }

  @Test("today's scorer judges what the tree of then wrote, and nothing runs") func again() throws {
    let program = try project()
    let first = try program.run(["score"])
    #expect(first.status == 0, "\(first.error)")
    #expect(first.error.contains("kept as run 1; `belljar score --again 1`"))
    try write(
      "#!/bin/sh\ncat \"$BELLJAR_OUT/n\" \"$BELLJAR_TREE/src/n\" \"$BELLJAR_TREE/built\" | paste -sd+ | tr + 0\n",
      "scoring/score", program)
    try write("7\n", "src/n", program)
    let again = try program.run(["score", "--again", "last"])
    // What was run, the tree of then, and what was built of it.
    #expect(again.output.contains("50505"), "\(again.output)\(again.error)")
    #expect(again.error.contains("small: run 1 has no outputs of it to score (an exit code says all); it is left out"))
    #expect(!again.error.contains("kept as run"))
    #expect(try program.run(["score"]).output.contains("70707"))
    #expect(try program.run(["score", "--again", "1"]).output.contains("50505"))
    let missing = try program.run(["score", "--again", "9"])
    #expect(missing.status == 125)
    #expect(missing.error.contains("it is not kept; kept are 1, 2"))
  }

  @Test("a report of tests and a printed number are judged again by today's harness, without a run")
  func reports() throws {
    func harness(_ more: String, _ bound: Int) -> String {
      """
      name: again
      surface: {editable: [src/n]}
      scorers:
        - {name: t, kind: tests, role: gate, report: tap, run: ./tests\(more)}
        - {name: f, kind: tests, role: gate, report: tap, report_file: $BELLJAR_TREE/r.tap, run: './tests > r.tap'}
        - {name: m, kind: metric, role: gate, run: 'echo took 7 ms', pattern: 'took {number} ms', at_most: \(bound)}
      """
    }
    let program = try Program([
      "belljar.yaml": harness("", 9), "src/n": "5\n", "tests": "#!/bin/sh\nprintf '1..2\\nok 1 - a\\nok 2 - b\\n'\n",
    ])
    #expect(try program.run(["score"]).status == 0)
    // Nothing that runs now would say the same.
    try write("#!/bin/sh\nexit 7\n", "tests", program)
    #expect(try program.run(["score"]).status == 1)
    let same = try program.run(["score", "--again", "1"])
    #expect(same.status == 0, "\(same.output)\(same.error)")
    try write(harness(", required: [c]", 6), "belljar.yaml", program)
    let stricter = try program.run(["score", "--again", "1"])
    #expect(stricter.status == 1)
    #expect(stricter.output.contains("c"), "\(stricter.output)")
    #expect(stricter.output.contains("7.0 is not at most 6.0"), "\(stricter.output)")
    // The second time the tests ended with 7, and without a report.
    let failed = try program.run(["score", "--again", "2"])
    #expect(failed.status == 1)
  }

  @Test("what can't be scored again is said so: a loop's try, a time, a conversation")
  func never() throws {
    let program = try project()
    for words in [["3:7"], ["7", "--loop", "3"]] {
      let loop = try program.run(["score", "--again"] + words)
      #expect(loop.status == 64)
      #expect(loop.error.contains("belljar score --try 7 --loop 3"), "\(loop.error)")
    }
    #expect(try program.run(["score", "--loop", "3"]).status == 64)
    #expect(try program.run(["score", "--try", "3", "--again", "last"]).status == 64)
  }

  @Test("a loop's try is built and run once more as it is recorded, judged by today's scorer, and kept")
  func recordedTry() throws {
    let program = try project()
    let loop = Self.harness + "\nagent: {kind: command, run: 'echo 3 > src/n'}\nloop: {stop: {iterations: 1}}\n"
    try write(loop, "belljar.yaml", program)
    #expect(try program.run(["loop"]).status != 125)
    // Neither the tree of today nor the scorer of then.
    try write("8\n", "src/n", program)
    try write("#!/bin/sh\necho $(cat \"$BELLJAR_OUT/n\")$(cat \"$BELLJAR_TREE/src/n\")0\n", "scoring/score", program)
    let scored = try program.run(["score", "--try", "1"])
    #expect(scored.status == 0, "\(scored.error)")
    #expect(scored.output.contains("330"), "\(scored.output)\(scored.error)")
    #expect(scored.error.contains("kept as run 1"))
    #expect(try program.run(["score", "--try", "0", "--loop", "1"]).output.contains("550"))
    #expect(try program.run(["score", "--again", "1"]).output.contains("330"))
    let missing = try program.run(["score", "--try", "9"])
    #expect(missing.status == 1)
    #expect(missing.error.contains("loop 1 has no iteration 9"), "\(missing.error)")
  }

  @Test("a run is kept also where its scorer failed, for the scorer to be mended") func mended() throws {
    let program = try project("exit 1")
    let broken = try program.run(["score"])
    #expect(broken.status == 125)
    #expect(broken.error.contains("kept as run 1") && broken.error.contains("n: score exited with 1"))
    try write("#!/bin/sh\necho 42\n", "scoring/score", program)
    let mended = try program.run(["score", "--again", "1"])
    #expect(mended.status == 0)
    #expect(mended.output.contains("42"))
  }

  @Test("ten runs are kept, and one that left what no scorer may be led to is judged like the first time")
  func bounded() throws {
    let program = try project()
    for _ in 0..<11 { #expect(try program.run(["score"]).status == 0) }
    let kept = try FileManager.default.contentsOfDirectory(atPath: "\(try program.state().path)/outputs")
    #expect(Set(kept) == Set((2...11).map { "\($0)" }))
    #expect(try program.run(["score", "--again", "2"]).output.contains("1005"))
    #expect(try program.run(["score", "--again", "1"]).error.contains("it is not kept"))
    try write(
      Self.harness.replacing("cat built >", with: "ln -s /etc $BELLJAR_OUT/l; cat built >"), "belljar.yaml", program)
    for words in [["score"], ["score", "--again", "last"]] {
      let refused = try program.run(words)
      #expect(refused.status == 1)
      #expect(refused.error.contains("the run left a link in $BELLJAR_OUT: l"), "\(refused.error)")
    }
  }

  @Test("gc removes kept runs, and leaves the trees of those that stay") func collected() throws {
    let program = try project()
    // A loop's record is what gc asks for; its tree is another than the kept run's.
    _ = try program.run(["score"])
    try write("6\n", "src/n", program)
    try write(
      Self.harness + "\nagent: {kind: command, run: 'true'}\nloop: {stop: {iterations: 1}}\n", "belljar.yaml", program)
    #expect(try program.run(["loop"]).status != 125)
    #expect(try program.run(["gc"]).status == 0)
    #expect(try program.run(["score", "--again", "1"]).output.contains("1005"))
    let removed = try program.run(["gc", "--grace=-5"])
    #expect(removed.output.contains("the outputs of 1 scored runs"), "\(removed.output)\(removed.error)")
    #expect(try program.run(["score", "--again", "1"]).error.contains("no run is kept on this checkout"))
  }

  @Test("what decided is named: step, file and line, test") func explained() throws {
    let program = try project("echo '{\"reject\": \"src/a:12: too long\"}'")
    let rejected = try program.run(["score", "--explain"])
    #expect(rejected.status == 1)
    #expect(
      rejected.output.contains("step    n.score\n  place   src/a:12\n  why     rejected: src/a:12: too long"),
      "\(rejected.output)")
    let json = try program.run(["score", "--explain", "--format", "json"])
    #expect(
      json.output.contains("\"decided_by\": {\"step\": \"n.score\", \"test\": null, \"file\": \"src/a\", \"line\": 12"))
    #expect(try program.run(["score", "--format", "json"]).output.contains("decided_by") == false)
    try write(
      Self.harness.replacing("cp src/n built", with: "[/bin/sh, -c, 'echo src/n:3:1: error >&2; false']"),
      "belljar.yaml", program)
    let unbuilt = try program.run(["score", "--explain"])
    #expect(unbuilt.status == 1)
    #expect(unbuilt.error.contains("decided by src/n, line 3"), "\(unbuilt.error)")
    let tests = "printf '1..2\\nok 1 - a\\nnot ok 2 - b\\n'; echo 'b: at src/a:1' >&2; exit 1"
    try write(
      """
      name: again
      surface: {editable: [src/n]}
      scorers: [{name: t, kind: tests, role: gate, report: tap, run: "\(tests.replacing("\\", with: "\\\\"))"}]
      """, "belljar.yaml", program)
    let tested = try program.run(["score", "--explain"])
    #expect(
      tested.output.contains("step    t.run\n  test    b\n  place   src/a:1\n"), "\(tested.output)\(tested.error)")
  }
}
