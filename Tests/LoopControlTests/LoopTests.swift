import Digests
import FoundationEssentials
import Glibc
import Harness
import Ledger
import LoopControl
import Testing
import Workspace

@Suite("The loop") struct LoopTests {
  /// A retry loop whose only gate is that `answer` holds 42; the agent is a script.
  private func retry(agent: String, extra: String = "") throws -> Project {
    try Project(
      ["src/answer": "41\n", "fixed": "fixed\n", "agent.sh": "#!/bin/sh\n\(agent)\n"],
      harness: """
        name: answer
        surface: {editable: ["src/**"]}
        scorers:
          - {name: right, kind: exit-code, role: gate, run: [/bin/sh, -c, 'test "$(cat src/answer)" = 42']}
        agent: {kind: command, run: ./agent.sh, budget: {wall: 5 s}}
        loop: {strategy: retry, stop: {iterations: 3, failures: 2}}
        \(extra)
        """)
  }

  @Test("a good change by a command agent is kept, and the loop ends because the gates pass")
  func keeps() throws {
    let (summary, tries, ledger) = try retry(agent: "echo 42 > src/answer; echo done").loop()
    #expect(summary.end == .passed)
    #expect(summary.succeeded)
    #expect(tries.map(\.verdict) == [.kept])
    #expect(tries.first?.note == "done")
    #expect(try ledger.verifyChain(loop: summary.loop).isIntact)
  }

  @Test("a change of a fixed file is rejected by its name")
  func fixedFile() throws {
    let (_, tries, _) = try retry(agent: "echo 42 > src/answer; echo x > fixed").loop()
    #expect(tries.map(\.verdict) == [.rejected, .rejected, .rejected])
    #expect(tries[0].reason == "changed what is fixed: fixed")
  }

  @Test("a deleted fixed file is rejected, a new one outside of the surface too")
  func outside() throws {
    #expect(try retry(agent: "rm fixed").loop().tries.first?.reason == "changed what is fixed: fixed")
    #expect(try retry(agent: "echo > new").loop().tries.first?.reason == "changed what is fixed: new")
  }

  /// A score that is the same for equal trees under one seed, and hangs on the seed: a draw for each number that the tree holds, less
  /// what the tree says of it.
  private func drawn(agent: String, iterations: Int) throws -> Project {
    try Project(
      ["src/n": "1\n", "src/less": "0\n", "agent.sh": "#!/bin/sh\n\(agent)\n"],
      harness: """
        name: drawn
        surface: {editable: ["src/**"]}
        scorers:
          - name: drawn
            kind: command
            role: objective
            direction: minimize
            deterministic: true
            prepare: echo "$BELLJAR_SEED" > "$BELLJAR_IN/seed"
            run: cat src/n src/less > "$BELLJAR_OUT/n"
            score: |
              set -- $(cat "$BELLJAR_OUT/n"); seed=$(cat "$BELLJAR_IN/seed")
              echo $((1000 + $(echo "$1 $seed" | cksum | cut -d" " -f1) % 100 - $2))
        agent: {kind: command, run: ./agent.sh}
        loop: {strategy: optimize, seed: 3, stop: {iterations: \(iterations)}}
        """)
  }

  @Test("a deterministic score that hangs on the seed keeps nobody for a lucky draw") func luck() throws {
    let number = "$(( $(grep -c '^- try' \"$BELLJAR_PROMPT\") + 2 ))"
    let lucky = try drawn(agent: "echo \(number) > src/n", iterations: 8).loop().tries
    #expect(lucky.allSatisfy { $0.verdict == .discarded }, "\(lucky.map(\.reason))")
    #expect(lucky.contains { ($0.pairs ?? 0) > 2 })
    let better = try drawn(agent: "echo \(number) > src/n; echo 300 > src/less", iterations: 1).loop().tries
    #expect(better.map(\.verdict) == [.kept], "\(better.map(\.reason))")
    let same = try drawn(agent: "echo 1 > src/n; echo 0 > src/less; touch src/other", iterations: 1).loop().tries
    #expect(same.map(\.verdict) == [.discarded] && same.first?.pairs == 1, "\(same.map(\.reason))")
  }

  @Test("an agent that changes nothing is a try; one that crashes twice in a row ends the loop")
  func failures() throws {
    let nothing = try retry(agent: "true").loop()
    #expect(nothing.tries.map(\.verdict) == [.discarded, .discarded, .discarded])
    #expect(nothing.summary.end == .iterations)
    let crash = try retry(agent: "exit 7").loop()
    #expect(crash.tries.map(\.verdict) == [.invalid, .invalid])
    #expect(crash.summary.end == .failures)
    #expect(crash.summary.tries == 0)
  }

  @Test("the agent reads its prompt on stdin and in a file, and sees no hidden file")
  func agentSees() throws {
    let project = try Project(
      [
        "src/answer": "41\n", "secret/key": "s\n",
        "agent.sh":
          "#!/bin/sh\ngrep -q 'src/\\*\\*' && grep -q 'src/' $BELLJAR_PROMPT && [ ! -e secret ] && echo 42 > src/answer\n",
      ],
      harness: """
        name: answer
        surface: {editable: ["src/**"], hidden: ["secret/**"]}
        scorers:
          - {name: right, kind: exit-code, role: gate, run: [/bin/sh, -c, 'test "$(cat src/answer)" = 42']}
        agent: {kind: command, run: ./agent.sh}
        loop: {strategy: retry, stop: {iterations: 1}}
        """)
    #expect(try project.loop().summary.end == .passed)
  }

  @Test("a second start on an unchanged checkout lays nothing out again, one on a changed checkout shows the change")
  func secondStart() throws {
    let project = try retry(agent: "true")
    func start() throws -> (digest: String, trees: [String]) {
      let bench = try project.bench()
      let trees = try FileManager.default.contentsOfDirectory(atPath: "\(bench.state.path)/trees")
      return (bench.base.digest.description, trees.sorted())
    }
    let first = try start()
    #expect(first.trees == [first.digest])
    #expect(try start() == first)
    try project.write("src/answer", "42\n")
    let second = try start()
    #expect(second.trees == [first.digest, second.digest].sorted())
    #expect(try project.loop().summary.passes)
  }

  @Test("a hidden file stays hidden beside what setup made in its folder")
  func hiddenBesideSetup() throws {
    let project = try Project(
      [
        "src/answer": "41\n", "data/answers": "42\n", "setup.sh": "#!/bin/sh\necho made > data/made\n",
        "agent.sh": "#!/bin/sh\n[ -e data/made ] && [ ! -e data/answers ] && echo 42 > src/answer\n",
      ],
      harness: """
        name: answer
        surface: {editable: ["src/**"], hidden: ["data/answers"]}
        setup: ./setup.sh
        scorers:
          - {name: right, kind: exit-code, role: gate, run: [/bin/sh, -c, 'test "$(cat src/answer)" = 42 && ! cat data/answers']}
        agent: {kind: command, run: ./agent.sh}
        loop: {strategy: retry, stop: {iterations: 1}}
        """)
    #expect(try project.loop().summary.end == .passed)
  }

  @Test("a link that an agent leaves is kept as a link and never followed")
  func link() throws {
    let project = try retry(agent: "rm src/answer; ln -s /etc/passwd src/answer; ln -s /etc/shadow src/more")
    let (_, tries, _) = try project.loop()
    #expect(tries.allSatisfy { $0.verdict == .rejected && $0.reason.hasPrefix("gate right failed") })
  }

  @Test("the checkout is bit for bit as before, dirty or not, git or not", arguments: [true, false])
  func untouched(git: Bool) throws {
    let project = try retry(agent: "echo 42 > src/answer")
    if git {
      _ = try project.shell(
        "git init -q . && git add -A && git -c user.name=t -c user.email=t@t commit -qm one && echo dirty >> fixed && echo new > untracked"
      )
    }
    let before = try project.state()
    #expect(try project.loop().summary.end == .passed)
    #expect(try project.state() == before)
  }

  @Test("what a build may not touch rejects the candidate by its name")
  func buildBreaks() throws {
    let project = try Project(
      ["src/gen": "true\n", "tests": "t\n", "agent.sh": "#!/bin/sh\necho 'echo x > tests; echo > out' > src/gen\n"],
      harness: """
        name: build
        surface: {editable: ["src/**"]}
        build: {run: [/bin/sh, -c, "echo > out; . src/gen"], outputs: [out]}
        scorers: [{name: no, kind: exit-code, role: gate, run: "false"}]
        agent: {kind: command, run: ./agent.sh}
        loop: {strategy: retry, stop: {iterations: 1}}
        """)
    #expect(try project.loop().tries.first?.reason == "build changed tests")
  }

  @Test("our score step can't be forged with odd numbers, and a broken scorer is told from a broken candidate")
  func forgery() throws {
    for (printed, verdict) in [("NaN", Verdict.rejected), ("1 2", .rejected), ("{\"score\": true}", .rejected)] {
      let project = try Project(
        ["src/out": "0\n", "agent.sh": "#!/bin/sh\necho '\(printed)' > src/out\n"],
        harness: """
          name: forged
          surface: {editable: ["src/**"]}
          scorers:
            - {name: s, kind: command, role: gate, run: 'cat src/out > "$BELLJAR_OUT/n"', score: 'cat "$BELLJAR_OUT/n"'}
          agent: {kind: command, run: ./agent.sh}
          loop: {strategy: retry, stop: {iterations: 1}}
          """)
      let (_, tries, _) = try project.loop()
      #expect(tries.first?.verdict == verdict, "\(printed)")
      #expect(tries.first?.reason.hasPrefix("broke the scorer") == true, "\(printed): \(tries.first?.reason ?? "")")
    }
  }

  @Test("a sealed holdout that fails rejects what would be kept, and says nothing of the check")
  func holdout() throws {
    let project = try Project(
      [
        "src/answer": "41\n", "grading/check.sh": "#!/bin/sh\necho '{\"reject\": \"hard-coded\"}'\n",
        "agent.sh": "#!/bin/sh\necho 42 > src/answer\n",
      ],
      harness: """
        name: holdout
        surface: {editable: ["src/**"], hidden: ["grading/**"]}
        scorers:
          - {name: right, kind: exit-code, role: gate, run: [/bin/sh, -c, 'test "$(cat src/answer)" = 42']}
          - {name: sealed, kind: command, role: holdout, run: "true", score: ./grading/check.sh}
        agent: {kind: command, run: ./agent.sh}
        loop: {strategy: retry, stop: {iterations: 1}}
        """)
    let (_, tries, _) = try project.loop()
    #expect(tries.first?.verdict == .rejected)
    #expect(tries.first?.reason == "failed a check that is sealed; suspected gaming")
  }

  @Test(
    "stale object files in the tree never stand for a candidate's source",
    .enabled(if: access("/usr/bin/cc", X_OK) == 0, "needs cc"))
  func stale() throws {
    let project = try Project(
      [
        "src/a.c": "#include <stdio.h>\nint main(void) { puts(\"41\"); return 0; }\n",
        "Makefile": "prog: a.o\n\tcc -o prog a.o\na.o: src/a.c\n\tcc -c -o a.o src/a.c\n",
        "agent.sh": "#!/bin/sh\nsed -i s/41/42/ src/a.c\n",
      ],
      harness: """
        name: stale
        surface: {editable: ["src/**"]}
        build: {run: make -s, outputs: [prog, a.o]}
        scorers: [{name: right, kind: exit-code, role: gate, run: 'test "$(./prog)" = 42'}]
        agent: {kind: command, run: ./agent.sh}
        loop: {strategy: retry, stop: {iterations: 1}}
        """)
    // The objects of the old source lie in the tree, newer than it.
    #expect(try project.shell("make -s").status == 0)
    #expect(try project.loop().summary.end == .passed)
  }

  @Test(
    "a link to what only our own step is shown is no part of a candidate",
    arguments: [
      ("../grading/expected", "grading"), ("/etc/hostname", "/etc/hostname"), ("/etc/hostname", "/etc/hosts"),
    ])
  func sealedInput(target: String, input: String) throws {
    let tries = try Project(
      [
        "src/answer": "0\n", "grading/expected": "42\n",
        "score.sh": "#!/bin/sh\ncmp -s grading/expected \"$BELLJAR_TREE/src/answer\" && echo 1 || echo 0\n",
        "agent.sh": "#!/bin/sh\nln -sf \(target) src/answer\n",
      ],
      harness: """
        name: sealed
        surface: {editable: ["src/**"], hidden: ["grading/**"]}
        scorers: [{name: right, kind: command, role: gate, run: "true", score: {run: ./score.sh, inputs: [\(input)]}}]
        agent: {kind: command, run: ./agent.sh}
        loop: {strategy: retry, stop: {iterations: 1}}
        """
    ).loop().tries
    #expect(tries.map(\.verdict) == [.rejected])
    let reason = "made src/answer a link that leads out of the tree"
    #expect((tries.first?.reason == reason) == (input != "/etc/hosts"), "\(tries.map(\.reason))")
  }

  @Test("a build that gives other outputs where there are caches is measured without them")
  func warmBuild() throws {
    let honest = "mkdir -p obj; touch obj/x; echo 100 > prog"
    func tries(_ script: String) throws -> [TrySummary] {
      try Project(
        ["src/build.sh": honest + "\n", "agent.sh": "#!/bin/sh\ncat > src/build.sh <<'END'\n\(script)\nEND\n"],
        harness: """
          name: warm
          surface: {editable: ["src/**"]}
          build: {run: sh src/build.sh, outputs: [prog], cache: [obj]}
          scorers:
            - {name: size, kind: command, role: objective, direction: minimize, deterministic: true, run: 'cp prog "$BELLJAR_OUT/n"', score: 'cat "$BELLJAR_OUT/n"'}
            - {name: there, kind: exit-code, role: gate, run: test -e prog}
          agent: {kind: command, run: ./agent.sh}
          loop: {strategy: optimize, stop: {iterations: 1}}
          """
      ).loop().tries
    }
    let warm = try tries("if [ -e obj/x ]; then echo 1 > prog; else \(honest); fi")
    #expect(warm.map(\.verdict) == [.discarded])
    #expect(warm.first?.reason.hasSuffix(" (clean build)") == true, "\(warm.map(\.reason))")
    #expect(try tries(honest.replacing("100", with: "99")).map(\.verdict) == [.kept])
  }

  @Test(
    "tune makes a slow program faster, and what was measured is not tried again",
    .enabled(if: access("/usr/bin/cc", X_OK) == 0, "needs cc"))
  func tune() throws {
    let project = try Project(
      [
        "src/a.c": """
        #include <stdio.h>
        // belljar: knob N {8, 1}
        #define N 8
        int main(void) { volatile long s = 0; for (long i = 0; i < N * 6000000L; i++) s += i; puts("ok"); return 0; }

        """
      ],
      harness: """
        name: tune
        surface: {editable: ["src/**"]}
        build: {run: cc -O1 -o prog src/a.c, outputs: [prog]}
        scorers: [{name: speed, kind: benchmark, role: objective, run: ./prog, expect: same}]
        agent: {kind: tune}
        loop: {strategy: optimize, stop: {iterations: 4}}
        """)
    let (summary, tries, ledger) = try project.loop()
    // The point that it started from has been measured as the baseline.
    #expect(tries.map(\.verdict) == [.kept])
    #expect(summary.end == .exhausted)
    #expect((summary.final?.objective?.comparison?.ratio ?? 1) < 0.5)
    #expect(try ledger.loop(summary.loop)?.champion == 1)
    #expect(try ledger.verifyChain(loop: summary.loop).isIntact)
  }

  @Test("an input that git ignores is shown to the run, the agent and our own score step")
  func ignoredInput() throws {
    let project = try Project(
      [
        "value.txt": "9\n", ".gitignore": "tools\n",
        "tools/measure": "#!/bin/sh\ncat value.txt\n",
        "tools/answer": "#!/bin/sh\nprintf '{\"score\": %s}' \"$(cat \"$BELLJAR_OUT/n\")\"\n",
        "tools/agent": "#!/bin/sh\necho $(($(cat value.txt) - 1)) > value.txt\n",
      ],
      harness: """
        name: input
        surface: {editable: [value.txt]}
        inputs: [tools]
        scorers:
          - name: number
            kind: command
            role: objective
            direction: minimize
            run: tools/measure > "$BELLJAR_OUT/n"
            score: tools/answer
        agent: {kind: command, run: tools/agent}
        loop: {strategy: optimize, stop: {iterations: 5}}
        """)
    #expect(try project.shell("git init -q . && git add -A").status == 0)
    let (summary, tries, _) = try project.loop()
    #expect(tries.map(\.verdict) == Array(repeating: .kept, count: 5))
    #expect(tries.map(\.value) == [8, 7, 6, 5, 4])
    #expect(summary.final?.objective?.comparison?.candidate == 4)
    #expect(project.text("value.txt") == "9\n")
  }

  @Test("mutate begins where the failing test points")
  func cluesReachMutate() throws {
    let project = try Project(
      [
        "src/a.c": """
        int first(int a) { return a > 3 ? a + 1 : a * 2; }
        int second(int a) { return a > 3 ? a + 1 : a * 2; }
        int third_part(int a) { return a < 3 ? a + 1 : a * 2; }

        """
      ],
      harness: """
        name: clues
        surface: {editable: ["src/**"]}
        scorers:
          - name: tests
            kind: tests
            role: gate
            report: tap
            run: 'echo 1..2; echo ok 1 - first; if grep -q "a > 3 ? a + 1 : a \\* 2; }" src/a.c && ! grep -q "a < 3" src/a.c; then echo ok 2 - third part; else echo not ok 2 - third part; exit 1; fi'
        agent: {kind: mutate}
        loop: {strategy: retry, stop: {iterations: 4}}
        """)
    let tries = try project.loop().tries
    #expect(tries.prefix(3).allSatisfy { $0.note.hasPrefix("src/a.c:3:") }, "\(tries.map(\.note))")
  }

  /// A loop whose objective is what the tree says, but for a lie that holds only as long as a file outside is missing.
  ///
  /// - Parameter late: What the score does from then on.
  private func fading(recheck: Int, iterations: Int, late: String = "echo 100") throws -> Project {
    try Project(
      [
        "value": "100\n", "inputs/truth": "no\n",
        "score.sh": """
        #!/bin/sh
        # A champion that was lucky: as soon as the truth is out, everything is worth the same.
        if [ "$(cat inputs/truth)" = yes ]; then \(late); else cat "$BELLJAR_OUT/n"; fi

        """,
        ".gitignore": "inputs\n",
        "agent.sh": "#!/bin/sh\necho $(($(cat value) - 5)) > value\n",
      ],
      harness: """
        name: fading
        surface: {editable: [value]}
        inputs: [inputs]
        scorers:
          - name: number
            kind: command
            role: objective
            direction: minimize
            deterministic: true
            run: cat value > "$BELLJAR_OUT/n"
            score: ./score.sh
        agent: {kind: command, run: ./agent.sh}
        loop: {strategy: optimize, recheck: \(recheck), stop: {iterations: \(iterations)}}
        """)
  }

  @Test(
    "a champion that breaks the scorer after its try has lost; a scorer that fails by itself takes no champion, and ends no loop",
    arguments: [(#"[ "$(cat "$BELLJAR_OUT/n")" = 100 ] && echo 100 || exit 3"#, true), ("exit 3", false)])
  func brokenLater(late: String, isLost: Bool) throws {
    let project = try fading(recheck: 2, iterations: 3, late: late)
    #expect(try project.shell("git init -q . && git add -A").status == 0)
    let bench = try project.bench()
    let ledger = try Ledger(path: bench.state.ledger)
    var checks: [ChampionCheck] = []
    let runner = LoopRunner(bench: bench, ledger: ledger, seed: 1) { event in
      if case .checked(_, let check) = event { checks.append(check) }
      if case .finished(let summary) = event, summary.number == 2 {
        do { try project.write("inputs/truth", "yes\n") } catch { Issue.record("\(error)") }
      }
    }
    let summary = try runner.run()
    #expect(summary.kept == 2)
    #expect(summary.champion == (isLost ? 0 : 2))
    #expect(checks.first?.losses.first?.hasPrefix("broke the scorer: ") == (isLost ? true : nil), "\(checks)")
    #expect((checks.first?.obstacle != nil) == !isLost, "\(checks)")
    #expect(try ledger.verifyChain(loop: summary.loop).isIntact)
  }

  @Test("a champion that is no longer better than the baseline is not presented as one", arguments: [2, 100])
  func degradation(recheck: Int) throws {
    let project = try fading(recheck: recheck, iterations: 3)
    #expect(try project.shell("git init -q . && git add -A").status == 0)
    var checks: [Int] = []
    let bench = try project.bench()
    let ledger = try Ledger(path: bench.state.ledger)
    let runner = LoopRunner(bench: bench, ledger: ledger, seed: 1) { event in
      if case .checked(let number, let check) = event, !check.losses.isEmpty { checks.append(number) }
      if case .finished(let summary) = event, summary.number == 2 {
        do { try project.write("inputs/truth", "yes\n") } catch { Issue.record("\(error)") }
      }
    }
    let summary = try runner.run()
    #expect(summary.kept == 2)
    #expect(summary.champion == 0)
    #expect(!summary.succeeded)
    // With a check after every two that were kept it is seen before the third try, else at the end.
    #expect(checks == [2])
    #expect(try ledger.iteration(loop: summary.loop, number: 3)?.iteration.parent == (recheck == 2 ? 0 : 2))
    #expect(try ledger.loop(summary.loop)?.champion == 0)
    #expect(try ledger.events(loop: summary.loop, [.measured, .restored]).map(\.kind) == [.measured, .restored])
    #expect(try ledger.events(loop: summary.loop, [.measured]).first?.detail == "number is the same as the baseline's")
    #expect(try ledger.verifyChain(loop: summary.loop).isIntact)
  }
}
