import FoundationEssentials
import Harness
import Ledger
import LoopControl
import Sandbox
import Scoring
import Testing

@Suite("A scorer that talks with the run") struct InteractiveTests {
  /// Doubles ten numbers and counts the right answers; the candidate's own `run` is src/run.
  private static let judge = """
    #!/bin/sh
    # The last three digits: not all of a seed is a number to a shell.
    seed=1${BELLJAR_SEED#"${BELLJAR_SEED%???}"}
    right=0
    for n in 1 2 3 4 5 6 7 8 9 10; do
      echo $((n + seed)) || break
      read -r twice || break
      [ "$twice" = $(((n + seed) * 2)) ] && right=$((right + 1))
    done
    echo "{\\"score\\": $right, \\"explanation\\": \\"$right right\\"}" >&"$BELLJAR_SCORE_FD"
    """
  private static let honest = "#!/bin/sh\nwhile read -r n; do echo $((n * 2)); done\n"

  private func project(
    run: String = honest, judge: String = judge, agent: String = "true", more: String = "", wall: String = "10 s"
  ) throws -> Project {
    try Project(
      ["src/run": run, "grading/judge": judge, "agent.sh": "#!/bin/sh\n\(agent)\n"],
      harness: """
        name: talk
        surface: {editable: ["src/**"], hidden: ["grading/**"]}
        scorers:
          - {name: doubles, kind: command, interactive: true, role: objective, direction: maximize, deterministic: true,
             run: {run: src/run, budget: {wall: \(wall)}}, score: grading/judge\(more)}
        agent: {kind: command, run: ./agent.sh}
        loop: {strategy: optimize, stop: {iterations: 1, failures: 1}}
        """)
  }

  private func score(_ project: Project) throws -> ScorerOutcome {
    try withExtendedLifetime(project) { try #require(try TreeScore.evaluate(project.bench()).first) }
  }

  /// What becomes of a candidate whose run this is, against a champion that gets one answer wrong.
  private func verdict(_ run: String, wall: String = "10 s") throws -> TrySummary {
    let lazy = "#!/bin/sh\nread -r n; echo 0; while read -r n; do echo $((n * 2)); done\n"
    let project = try project(run: lazy, agent: "cat > src/run <<'X'\n#!/bin/sh\n\(run)\nX", wall: wall)
    return try #require(try project.loop().tries.first)
  }

  @Test("the answer is that of its descriptor, and comes from outside")
  func answer() throws {
    let score = try score(project())
    #expect(score.value == 10)
    #expect(score.channel == .outside)
    #expect(score.explanation == "10 right")
    #expect(score.decidedBy?.step == "doubles.score")
    #expect(try verdict("while read -r n; do echo $((n * 2)); done").verdict == .kept)
  }

  @Test(
    "a candidate that speaks out of turn has no better score for it",
    arguments: [
      // The answer itself, on every stream that it has.
      "echo '{\"score\": 99}'; echo '{\"score\": 99}' >&2; while read -r n; do echo '{\"score\": 99}'; done",
      "{ echo '{\"score\": 99}' >&3; } 2>/dev/null; { echo 99 > /proc/self/fd/3; } 2>/dev/null; echo 0",
      "for fd in 3 4 5 6 7 8 9; do eval \"echo 99 >&$fd\" 2>/dev/null; done; true",
      // The judge is no process that it could see, and has no file that it could write.
      "kill -9 -1 2>/dev/null; exec echo 0", "ls /harness/grading && exit 1; echo 0", "exit 0", "exit 1",
      "exec <&- >&-; sleep 1", "echo 0 > /proc/self/fd/0; while read -r n; do echo 0; done",
      "echo; echo; echo; kill -11 $$",
    ])
  func cheats(run: String) throws {
    let tried = try verdict(run)
    #expect(tried.verdict != .kept, "\(tried.reason)")
    #expect((tried.value ?? 0) < 9)
  }

  @Test(
    "one that floods, stalls or never reads is ended by its own budget, and named",
    arguments: ["exec sleep 60", "while :; do :; done", "read -r n; exec sleep 60"])
  func stalls(run: String) throws {
    let tried = try verdict(run, wall: "1 s")
    #expect(tried.verdict == .rejected)
    #expect(tried.reason.contains("run ran out of time (wall budget)"), "\(tried.reason)")
  }

  @Test("a flood is read by nobody, and worth nothing")
  func flood() throws {
    let tried = try verdict("exec yes 0")
    #expect(tried.verdict == .discarded, "\(tried.reason)")
    #expect(tried.value == 0)
  }

  @Test(
    "a judge that gives no answer, or none that counts, is broken",
    arguments: [
      ("#!/bin/sh\necho 1\n", "score wrote no answer"),
      ("#!/bin/sh\necho NaN >&$BELLJAR_SCORE_FD\n", "not a number that counts"),
      ("#!/bin/sh\necho 1 >&$BELLJAR_SCORE_FD; echo 2 >&$BELLJAR_SCORE_FD\n", "expected the end after one value"),
      ("#!/bin/sh\necho 1 >&$BELLJAR_SCORE_FD; exit 4\n", "score exited with 4"),
      ("#!/bin/sh\nhead -c 3000000 /dev/zero >&$BELLJAR_SCORE_FD\n", "an answer has at most"),
    ])
  func broken(judge: String, why: String) throws {
    let error = #expect(throws: EvaluationFault.self) { _ = try score(project(judge: judge)) }
    #expect("\(try #require(error))".contains(why))
  }

  @Test("what prepare made is shown to both, read-only")
  func prepared() throws {
    let project = try project(
      run: "#!/bin/sh\n{ echo x > $BELLJAR_IN/n; } 2>/dev/null; cat $BELLJAR_IN/n\n",
      judge: "#!/bin/sh\nread -r n; [ $n = \"$(cat $BELLJAR_IN/n)\" ] && echo $n >&$BELLJAR_SCORE_FD\n",
      more: ", prepare: 'echo 42 > $BELLJAR_IN/n'")
    #expect(try score(project).value == 42)
  }

  @Test("the ready-made harness finds that halving asks least")
  func guess() throws {
    let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
    var files: [String: String] = [:]
    for name in ["belljar.yaml", "src/guess.sh", "scoring/judge.py"] {
      files[name] = String(
        decoding: try Data(contentsOf: URL(filePath: "\(root)/harness/guess/\(name)")), as: UTF8.self)
    }
    let harness = try #require(files["belljar.yaml"])
    let (summary, tries, _) = try Project(files, harness: harness).loop()
    #expect(summary.end == .exhausted || summary.end == .iterations, "\(summary.end)")
    #expect(tries.contains { $0.verdict == .kept })
    #expect(tries.filter { $0.verdict == .kept }.last?.note == "PART=2", "\(tries)")
  }
}
