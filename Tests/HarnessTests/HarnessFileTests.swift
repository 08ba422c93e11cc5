import Harness
import Sandbox
import Testing

/// A small right file; tests add to it or break it.
let smallest = """
  name: small
  surface: {editable: ["src/**"]}
  scorers:
    - {name: works, kind: exit-code, role: gate, run: make test}
  """

@Suite("The harness file") struct HarnessFileTests {
  static let whole = """
    name: word-count
    goal: Make wc faster on large files; same output.
    tree: {root: ., only: ["**"]}
    surface:
      editable: ["src/**", "!src/version.h"]
      hidden: ["grading/**"]
      outside: drop
      limit: {files: 10, bytes: 200 KB}
    setup: {run: ./get-dependencies, files: [deps.lock], network: open, env: {MODE: fast}}
    build: {run: make -s, outputs: [wc], cache: [obj], budget: {wall: 60 s}}
    env: {LANG: C, MODE: slow}
    inputs: [data, "~/corpus:/corpus"]
    scorers:
      - name: correct
        kind: tests
        role: gate
        report: junit
        required: [counts words]
        run: ./run-tests --junit "$BELLJAR_OUT/junit.xml"
      - name: speed
        kind: benchmark
        role: objective
        measure: cpu
        matrix: {size: [1, 2], file: [small.txt, large.txt]}
        run: ./wc inputs/$file
        expect: same
        margin: 2 %
        pairs: {max: 20}
      - name: unseen
        kind: command
        role: holdout
        prepare: python3 grading/make.py
        run: {run: [./wc, a b], dir: sub/dir, secrets: [TOKEN], policy: ./mine.yaml}
        score: python3 grading/check.py
      - {name: size, kind: command, role: guard, score: wc -c wc, direction: minimize, deterministic: true}
    budget: {wall: 30 s, memory: 1 GB}
    agent: {kind: command, run: ./propose, api: anthropic, prompt: prompt.md,
      budget: {wall: 10 min, cost: 0.50 USD}, seed: 4}
    loop: {strategy: optimize, stop: {iterations: 100, wall: 8 h, cost: 20 USD, failures: 3, stale: 20, target: 2x}, seed: 7}
    """

  func harness() throws -> HarnessFile { try HarnessFile.parse(text: Self.whole, file: "belljar.yaml") }

  @Test("every part is read") func everything() throws {
    let harness = try harness()
    #expect(harness.name == "word-count")
    #expect(harness.surface.editable == ["src/**", "!src/version.h"])
    #expect(harness.surface.outside == .drop)
    #expect([harness.surface.fileLimit, harness.surface.byteLimit] == [10, 200_000])
    #expect(harness.setup?.files == ["deps.lock"])
    #expect(harness.build?.outputs == ["wc"])
    #expect(harness.scorers.map(\.name) == ["correct", "speed", "unseen", "size"])
    #expect(harness.objective?.name == "speed")
    #expect(harness.agent?.cost == 0.5)
    #expect(harness.agent?.seed == 4)
    #expect(harness.loop.strategy == .optimize)
    #expect(harness.loop.stop.target == .ratio(2))
    #expect(harness.loop.stop.failures == 3)
    #expect(harness.loop.seed == 7)
    #expect(harness.text == Self.whole)
  }

  @Test("a scorer knows its kind's defaults") func scorers() throws {
    let scorers = try harness().scorers
    #expect(scorers[0].reportPlace?.text == "$BELLJAR_OUT/junit.xml")
    #expect(scorers[0].required == ["counts words"])
    #expect(scorers[1].direction == .minimize)
    #expect(scorers[1].measure == .cpu)
    #expect(scorers[1].expect == .same)
    #expect(scorers[1].pairs == 6...20)
    #expect(abs(scorers[1].margin - 0.02) < 1e-12)
    #expect(scorers[1].matrix.map(\.variable) == ["size", "file"])
    #expect(scorers[1].matrix[0].values == ["1", "2"])
    #expect(scorers[3].deterministic)
    #expect(scorers[3].margin == 0)
    #expect(scorers[3].run == nil)
  }

  @Test("steps inherit what stands at the top, and override it") func inheritance() throws {
    let harness = try harness()
    let setup = try #require(harness.setup?.step)
    #expect(setup.environment == ["LANG": "C", "MODE": "fast"])
    #expect(setup.network == .open)
    #expect(setup.policy == .builtIn("build"))
    let build = try #require(harness.build?.step)
    #expect(build.budget == Budget(wall: .seconds(60), memory: 1_000_000_000))
    #expect(build.inputs == [HarnessInput(source: "data"), HarnessInput(source: "~/corpus", destination: "/corpus")])
    #expect(harness.scorers[0].run?.policy == .builtIn("test"))
    #expect(harness.scorers[1].run?.policy == .builtIn("strict"))
    let unseen = try #require(harness.scorers[2].run)
    #expect(unseen.command == .direct(["./wc", "a b"]))
    #expect(unseen.folder == "sub/dir")
    #expect(unseen.secrets == ["TOKEN"])
    #expect(unseen.policy == .file("./mine.yaml"))
    #expect(harness.agent?.step?.policy == .builtIn("agent"))
    #expect(harness.agent?.step?.budget.wall == .seconds(600))
    #expect(
      harness.steps.map(\.name) == [
        "setup", "build", "correct.run", "speed.run", "unseen.prepare", "unseen.run", "unseen.score", "size.score",
        "agent",
      ])
  }

  @Test("the smallest file needs three keys") func small() throws {
    let harness = try HarnessFile.parse(text: smallest, file: "f")
    #expect(harness.tree.root == ".")
    #expect(harness.tree.only == ["**"])
    #expect(harness.loop.strategy == .retry)
    #expect(harness.loop.stop.iterations == 100)
    #expect(harness.agent == nil)
  }

  @Test(
    "a command goes through the shell only when it has shell syntax",
    arguments: [
      ("make CC=gcc -j4", HarnessCommand.direct(["make", "CC=gcc", "-j4"])), ("  a\t b ", .direct(["a", "b"])),
      ("a 50% x~ b#c @d", .direct(["a", "50%", "x~", "b#c", "@d"])), ("CC=gcc make", .shell("CC=gcc make")),
      ("a | b", .shell("a | b")), ("a $X", .shell("a $X")), ("cd x", .shell("cd x")), ("a 'b c'", .shell("a 'b c'")),
      ("ls *.c", .shell("ls *.c")), ("a\nb", .shell("a\nb")), ("ls ~/x", .shell("ls ~/x")), ("a # b", .shell("a # b")),
    ])
  func commands(text: String, command: HarnessCommand) { #expect(HarnessCommand(text) == command) }

  @Test("a budget takes from another what it leaves open") func merging() {
    let own = Budget(wall: .seconds(1), processes: 2)
    let base = Budget(wall: .seconds(9), memory: 3, openFiles: 4)
    #expect(own.merged(over: base) == Budget(wall: .seconds(1), memory: 3, processes: 2, openFiles: 4))
  }

  @Test("a missing file says how to make one") func missing() {
    #expect(complaint { try HarnessFile.load(path: "no/such/belljar.yaml") }?.contains("no such file") == true)
  }
}

/// What was thrown, as a user would read it.
func complaint(_ body: () throws -> some Any) -> String? {
  do {
    _ = try body()
    return nil
  } catch {
    return "\(error)"
  }
}
