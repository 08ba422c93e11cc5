import Harness
import Testing

@Suite("Complaints about a harness file") struct HarnessComplaintTests {
  @Test(
    "what is wrong at the top is named with its place",
    arguments: [
      ("scorer: []", "f:5:1: unknown key 'scorer'; did you mean 'scorers'? expected one of name, goal"),
      ("budget: {wall: 30}", "f:5:16: budget.wall: expected a duration with a unit, such as '30 s'; found '30'"),
      ("budget: {gpus: 1}", "f:5:16: budget.gpus: not in this version"),
      ("budget: {wal: 3 s}", "f:5:10: budget: unknown key 'wal'; did you mean 'wall'?"),
      ("budget: {memory: 0 B}", "f:5:18: budget.memory: expected a size of more than nothing"),
      ("network: [10.0.0.1]", "addresses can't be allowed, only names"),
      ("network: []", "expected at least one host, or none"),
      ("network: opne", "found 'opne'; did you mean 'open'?"),
      ("env: {1A: x}", "f:5:7: env: expected a variable's name"),
      ("env: {BELLJAR_SEED: x}", "are Belljar's own"),
      ("env: [a]", "f:5:6: env: expected a mapping; found a list"),
      ("inputs: ['a:b:c']", "expected a path to show"),
      ("inputs: ['a:../b']", "expected a path to show"),
      ("tree: {root: /}", "f:5:14: tree.root: expected a path relative"),
      ("build: {outputs: [x]}", "f:5:8: build: missing key 'run'"),
      ("build: {run: ''}", "f:5:14: build.run: expected a command"),
      ("build: {run: make, outputs: [../x]}", "f:5:30: build.outputs[0]: expected a relative path inside the tree"),
      ("build: {run: make, policy: strickt}", "found 'strickt'; did you mean 'strict'?"),
      ("build: {run: make, dir: /x}", "build.dir: expected a relative path"),
      ("setup: {run: make, secrets: [a b]}", "setup.secrets[0]: expected a variable's name"),
      ("agent: {kind: claude, api: openai}", "an agent of kind claude has no 'api'"),
      ("agent: {kind: claude, server: ftp://x}", "it must begin with http:// or https://"),
      ("agent: {kind: model, api: openai}", "an agent of kind model needs 'model', the model's name"),
      (
        "agent: {kind: model, model: x}", "an agent of kind model needs 'api': anthropic, openai, openai-chat or gemini"
      ),
      ("agent: {kind: claude, checkpoint: 3}", "a checkpoint is for 'context: continued'"),
      ("agent: {kind: claude, features: [web]}", "expected one of web-search, web-fetch"),
      ("agent: [{kind: tune}]", "an agent of kind tune proposes by itself: it can't be a step of a pipeline"),
      ("agent: []", "expected 1 to 20 steps"),
      ("agent: [{kind: claude, name: a}, {kind: codex, name: a}]", "two steps are called 'a'"),
      ("agent: {kind: command, run: x, budget: {cost: 1 USD}}", "a cost budget needs 'api'"),
      ("agent: {kind: replay}", "an agent of kind replay needs 'loop'"),
      ("agent: {kind: command}", "agent: missing key 'run'"),
      ("agent: {kind: tune, run: x}", "an agent of kind tune has no 'run'"),
      ("agent: {kind: command, run: x, budget: {cost: 5}}", "expected an amount in US dollars, such as '0.50 USD'"),
      ("loop: {stop: {cost: 1 USD}}", "a cost budget needs an agent or a judge with a model"),
      ("loop: {strategy: optimize}", "f:5:7: loop: the strategy 'optimize' needs a scorer with the role objective"),
      ("loop: {stop: {target: fast}}", "loop.stop.target: expected a value of the objective, or a ratio"),
      ("loop: {error_rate: 0 %}", "expected an error rate above 0 % and of at most 50 %"),
      ("loop: {parallel: 65}", "f:5:18: loop.parallel: expected a whole number from 1 to 64; found '65'"),
      (
        "agent: {kind: tune}\nloop: {parallel: 2}",
        "an agent of kind tune takes each step from the tries before it, so that they can't be made side by side"
      ),
      (
        "agent: {kind: claude, context: continued}\nloop: {parallel: 2}",
        "'agent' has 'context: continued': it goes on from try to try"
      ),
      ("loop: {cores: 0}", "f:5:15: loop.cores: expected a whole number from 1 to 1024; found '0'"),
      ("loop: {memory: 0 MB}", "f:5:16: loop.memory: expected a size of more than nothing"),
      (
        "budget: {cores: 3}\nloop: {cores: 2}",
        "f:6:15: loop.cores: the step 'works.run' has a budget of 3 cores, and all of the loop 2; raise 'loop.cores'"
      ),
      (
        "budget: {memory: 2 GB}\nloop: {memory: 1 GB}",
        "f:6:16: loop.memory: the step 'works.run' has a budget of 2 GB, and all of the loop 1 GB; raise 'loop.memory'"
      ),
      (
        "agent: {kind: claude, budget: {memory: 2 GB}}\nloop: {parallel: 4, memory: 6 GB}",
        "4 sandboxes at a time ('parallel' and 'interactive') leave each 1500 MB: the step 'agent' has a budget of 2 GB"
      ),
      ("agent: {kind: claude}\nloop: {parallel: 64, memory: 32 MB}", "a sandbox needs 1 MB at least"),
      ("loop: {stop: {iterations: 0}}", "expected a whole number from 1 to 1000000; found '0'"),
    ])
  func top(line: String, message: String) throws {
    let text = try #require(complaint { try HarnessFile.parse(text: smallest + "\n" + line + "\n", file: "f") })
    #expect(text.contains(message))
  }

  @Test(
    "what is wrong in a scorer is named with its place",
    arguments: [
      ("{name: b, kind: benchmark, role: objective}", "f:4:5: scorers[0]: a scorer of kind benchmark needs 'run'"),
      ("{name: b, kind: command, role: info, run: x}", "a scorer of kind command needs 'score'"),
      ("{name: b, kind: command, role: objective, score: x}", "the objective needs a direction"),
      ("{name: b, kind: command, role: guard, score: x}", "the guard needs a direction"),
      ("{name: b, kind: exit-code, role: objective, run: x}", "passes or fails; it can't be the objective"),
      ("{name: b, kind: metric, role: info}", "a scorer of kind metric needs 'run'"),
      ("{name: b, kind: metric, role: gate, run: x}", "a metric that is a gate needs 'at_least' or 'at_most'"),
      ("{name: b, kind: metric, role: gate, run: x, at_least: .nan}", "at_least: expected a number"),
      (
        "{name: b, kind: metric, role: gate, run: x, at_least: 2, at_most: 1}",
        "nothing is at least 2.0 and at most 1.0"
      ),
      ("{name: b, kind: metric, role: info, run: x, at_most: 1}", "'at_most' is for a metric with the role gate"),
      ("{name: b, kind: metric, role: guard, run: x}", "the guard needs a direction"),
      (
        "{name: b, kind: metric, role: holdout, run: x}", "the candidate prints this number itself, so it is no holdout"
      ),
      ("{name: b, kind: metric, role: info, run: x, pattern: 'loss: (.*)'}", "with {number} in it once"),
      ("{name: b, kind: metric, role: info, run: x, pattern: '{number}'}", "with {number} in it once"),
      ("{name: b, kind: metric, role: info, run: x, pattern: 'a {number} {number}'}", "with {number} in it once"),
      ("{name: b, kind: metric, role: info, run: x, json: a, pattern: 'a {number}'}", "can't both say where"),
      ("{name: b, kind: metric, role: info, run: x, report_file: '*.json'}", "expected one file"),
      ("{name: b, kind: metric, role: info, run: x, repeat: 2}", "a scorer of kind metric has no 'repeat'"),
      (
        "{name: b, kind: metric, role: objective, run: x, direction: minimize}",
        "f:4:35: scorers[0].role: 'b' is printed by the candidate's own process (channel inside), so it can't be"
      ),
      ("{name: b, kind: command, role: info, score: x, repeat: 2}", "a scorer of kind command has no 'repeat'"),
      ("{name: b, kind: command, role: info, score: x, matrix: {a: [1]}}", "a scorer of kind command has no 'matrix'"),
      ("{name: b, kind: command, role: info, run: x, score: x, over_budget: pass}", "expected one of fail, score"),
      ("{name: b, kind: command, role: info, score: x, interactive: true}", "an interactive scorer needs 'run'"),
      (
        "{name: b, kind: command, role: info, run: x, score: x, interactive: true, expect: 1}",
        "an interactive scorer has no 'expect'"
      ),
      ("{name: b, kind: bench, role: info, run: x}", "expected one of exit-code, tests, benchmark, metric, command"),
      ("{name: b, kind: exit-code, role: gaet, run: x}", "did you mean 'gate'?"),
      ("{name: b, kind: exit-code, role: gate, run: x, margin: 1 %}", "a scorer of kind exit-code has no 'margin'"),
      ("{name: b, kind: exit-code, role: gate, run: x, expekt: 1}", "unknown key 'expekt'; did you mean 'expect'?"),
      (
        "{name: b, kind: exit-code, role: gate, run: x, expect: same}",
        "expected an exit code; 'same' is for benchmarks"
      ),
      (
        "{name: b, kind: command, role: gate, score: x, expect: same}",
        "expected an exit code; 'same' is for benchmarks"
      ),
      (
        "{name: b, kind: tests, role: gate, run: x, report: tap, fail_to_pass: [a, b], pass_to_pass: [b]}",
        "'b' stands in fail_to_pass as well"
      ),
      ("{name: b, kind: exit-code, role: gate, run: x, expect: 256}", "expected 'same' or an exit code from 0 to 255"),
      ("{name: b, kind: tests, role: gate, run: x}", "missing key 'report'"),
      ("{name: b, kind: benchmark, role: info, run: x, counter: valgrind}", "'counter' is for 'measure: instructions'"),
      ("{name: b, kind: benchmark, role: info, run: x, measure: reported}", "missing key 'report'"),
      ("{name: b, kind: benchmark, role: info, run: x, report: go}", "needs 'measure: reported'"),
      (
        "{name: b, kind: benchmark, role: info, run: x, measure: reported, report: goo}",
        "expected one of google-benchmark, criterion, go, hyperfine, package-benchmark; found 'goo'; did you mean 'go'?"
      ),
      (
        "{name: b, kind: benchmark, role: info, run: x, measure: reported, report: go, expect: same}",
        "what reports its own times is never the same twice"
      ),
      (
        "{name: b, kind: command, role: info, score: x, deterministic: true, screen: true}",
        "'screen' is for noisy numbers"
      ),
      ("{name: b, kind: benchmark, role: info, run: x, margin: 60 %}", "expected a margin above 0 %"),
      ("{name: b, kind: benchmark, role: info, run: x, margin: 0 %}", "expected a margin above 0 %"),
      ("{name: b, kind: benchmark, role: info, run: x, margin: 0.01}", "expected a percentage, such as '1 %'"),
      ("{name: b, kind: benchmark, role: info, run: x, pairs: {min: 9, max: 3}}", "min (9) is larger than max (3)"),
      ("{name: b, kind: benchmark, role: info, run: x, matrix: {a: []}}", "expected at least one value"),
      (
        "{name: b, kind: benchmark, role: info, run: x, interactive: true}",
        "a scorer of kind benchmark has no 'interactive'"
      ),
      ("{name: ../b, kind: exit-code, role: gate, run: x}", "expected a name of letters"),
      ("{name: b, kind: exit-code, role: gate, run: {run: x, gpus: 1}}", "scorers[0].run: unknown key 'gpus'"),
    ])
  func scorer(line: String, message: String) throws {
    let file = "name: x\nsurface: {editable: [a]}\nscorers:\n  - \(line)\n"
    let text = try #require(complaint { try HarnessFile.parse(text: file, file: "f") })
    #expect(text.contains(message))
  }

  @Test(
    "what is wrong with the surface or the list of scorers is named",
    arguments: [
      ("name: x\nsurface: {editable: []}\nscorers: []", "f:2:21: surface.editable: expected at least one pattern"),
      ("name: x\nsurface: {editable: ['!a']}\nscorers: []", "surface.editable: expected at least one pattern"),
      ("name: x\nsurface: {editable: [/etc]}\nscorers: []", "f:2:22: surface.editable[0]: expected a pattern relative"),
      ("name: x\nsurface: {editable: ['a[b']}\nscorers: []", "f:2:22: surface.editable[0]: can't read the pattern"),
      ("name: x\nsurface: {editable: ['a/../../b']}\nscorers: []", "expected a pattern relative"),
      ("name: x\nsurface: {editable: [a]}\nscorers: []", "f:3:10: scorers: expected a list of at least one scorer"),
      ("name: x\nsurface: {editable: [a]}\n", "f:1:1: missing key 'scorers'"),
      ("name: x\nscorers: [{name: a, kind: exit-code, role: gate, run: x}]", "missing key 'surface'"),
    ])
  func surface(file: String, message: String) throws {
    let text = try #require(complaint { try HarnessFile.parse(text: file, file: "f") })
    #expect(text.contains(message))
  }

  @Test("two scorers have two names, and one objective") func doubles() throws {
    let second = "\n  - {name: works, kind: exit-code, role: gate, run: x}\n"
    #expect(
      complaint { try HarnessFile.parse(text: smallest + second, file: "f") }
        == "f:5:12: scorers[1].name: another scorer is already called 'works'")
    let objectives = """

        - {name: a, kind: benchmark, role: objective, run: x}
        - {name: b, kind: benchmark, role: objective, run: x}
      """
    let text = try #require(complaint { try HarnessFile.parse(text: smallest + objectives, file: "f") })
    #expect(text == "f:6:38: scorers[2].role: 'a' is the objective already; there can be only one")
  }

  @Test("retry needs a gate") func retry() throws {
    let file = smallest.replacing("role: gate", with: "role: info") + "\nloop: {strategy: retry}\n"
    #expect(
      complaint { try HarnessFile.parse(text: file, file: "f") }
        == "f:5:7: loop: the strategy 'retry' needs a scorer with the role gate")
  }

  @Test(
    "a holdout's files must be hidden",
    arguments: [
      ("python3 grading/check.py", "[]", "grading/check.py"),
      ("python3 ./grading/check.py x", "[other]", "grading/check.py"),
      ("cd grading && cat 'grading/check.py'", "[]", "grading/check.py"),
      ("python3 $BELLJAR_TREE/grading/check.py", "[]", "grading/check.py"),
      ("{run: python3 check.py, dir: grading}", "[]", "grading/check.py"),
      ("python3 grading/check.py", "['grading/**', '!grading/check.py']", "grading/check.py"),
      ("python3 grading/check.py", "['grading/**']", nil), ("python3 grading/check.py", "[grading]", nil),
      ("python3 grading/check.py", "['**/*.py']", nil), ("python3 grading/check.py", "['g*/c?eck.py']", nil),
      ("python3 other.py", "[]", nil),
    ])
  func holdouts(score: String, hidden: String, exposed: String?) {
    let file = """
      name: x
      surface: {editable: [a], hidden: \(hidden)}
      scorers:
        - name: unseen
          kind: command
          role: holdout
          score: \(score)
      """
    let message = complaint {
      try HarnessFile.parse(text: file, file: "f") { $0 == "grading/check.py" }
    }
    let expected = exposed.map {
      "f:7:12: scorers[0].score: the holdout uses '\($0)', which the agent would see; add it to surface.hidden"
    }
    #expect(message == expected)
  }
}
