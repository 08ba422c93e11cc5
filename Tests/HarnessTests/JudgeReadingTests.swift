import Harness
import Sandbox
import Scoring
import Testing

@Suite("A judge in a harness file") struct JudgeReadingTests {
  private static let judge = "name: b, kind: judge, run: x, rubric: be kind, agent: {kind: command, run: y}"
  private static let sized = "{name: size, kind: command, role: guard, direction: minimize, score: z}"

  private static func text(_ scorers: [String], _ more: String = "") -> String {
    """
    name: x
    surface: {editable: [a]}
    env: {SECRET_PLACE: /srv}
    inputs: [data]
    network: [example.com]
    budget: {wall: 3 s, memory: 64 MB}
    scorers:
    \(scorers.map { "  - \($0)" }.joined(separator: "\n"))
    \(more)
    """
  }

  private static func parsed(_ scorers: [String], _ more: String = "") throws -> HarnessFile {
    try HarnessFile.parse(text: text(scorers, more), file: "f")
  }

  @Test("it has its defaults") func defaults() throws {
    let scorer = try #require(try Self.parsed(["{\(Self.judge), role: gate, at_least: 0.5}"]).scorers.first)
    #expect(scorer.repeats == 3)
    #expect(scorer.measuredChannel == .inside)
    #expect(scorer.bounds?.text == "at least 0.5")
    let judge = try #require(scorer.judge)
    #expect(judge.scale == 1)
    #expect(judge.files == ["**"])
    #expect(judge.showsOutput)
    #expect(judge.rubric == .text("be kind"))
    #expect(judge.agent.name == "judge:b")
    #expect(judge.agent.budget.wall == .seconds(300))
  }

  @Test("what the top of the file gives to steps is not the judge's") func sealed() throws {
    let harness = try Self.parsed(["{\(Self.judge), role: gate, at_least: 0.5}"])
    let step = try #require(harness.judges.first?.step)
    #expect(step.environment.isEmpty)
    #expect(step.inputs.isEmpty)
    #expect(step.network == .none)
    #expect(step.budget.memory == nil)
    #expect(harness.steps.map(\.name) == ["b.run", "judge:b"])
  }

  @Test("which outputs it is shown can be named, standard output by '-'") func outputs() throws {
    let all = ["outputs: [report.md, '-']", "outputs: ['-']", "outputs: ['*.md', '!draft.md']"]
    let read = try all.map { line in
      try #require(try Self.parsed(["{\(Self.judge), role: info, \(line)}"]).scorers.first?.judge)
    }
    #expect(read.map(\.files) == [["report.md"], [], ["*.md", "!draft.md"]])
    #expect(read.map(\.showsOutput) == [true, true, false])
  }

  @Test(
    "what is wrong is named",
    arguments: [
      ("role: gate", "a judge that is a gate needs 'at_least' or 'at_most'"),
      ("role: guard", "a judge is a gate, info, or the objective beside a guard"),
      ("role: holdout", "a judge is a gate, info, or the objective beside a guard"),
      ("role: info, at_least: 1", "'at_least' is for a judge with the role gate"),
      ("role: gate, at_least: 1.5", "no score is at least 1.5: they are from 0 to 1.0"),
      ("role: info, repeat: 2", "expected an odd number"),
      ("role: info, repeat: 17", "expected a whole number from 1 to 15"),
      ("role: info, scale: 0", "expected a number above 0"),
      ("role: info, rubric_file: r.md", "can't both be the rubric"),
      ("role: info, score: x", "a scorer of kind judge has no 'score'"),
      ("role: info, deterministic: true", "a scorer of kind judge has no 'deterministic'"),
      ("role: info, direction: maximize", "a scorer of kind judge has no 'direction'"),
      ("role: info, outputs: [../x]", "expected a pattern relative"),
    ])
  func complaints(rest: String, message: String) {
    let said = complaint { try Self.parsed(["{\(Self.judge), \(rest)}"]) } ?? "nothing"
    #expect(said.contains(message), "\(said)")
  }

  @Test(
    "its agent can only be one that answers, and has nothing that belongs to proposals",
    arguments: [
      ("{kind: tune}", "an agent of kind tune can't judge"),
      ("{kind: command, run: y, prompt: p.md}", "the agent of a judge has no 'prompt'"),
      ("{kind: command, run: y, network: [example.com]}", "the agent of a judge has no 'network'"),
      ("{kind: claude, context: continued}", "the agent of a judge has no 'context'"),
      ("{kind: model, api: openai}", "needs 'model', the model's name"),
      ("{kind: command}", "missing key 'run'"),
    ])
  func agents(agent: String, message: String) {
    let scorer = "{name: b, kind: judge, role: info, run: x, rubric: be kind, agent: \(agent)}"
    let said = complaint { try Self.parsed([scorer]) } ?? "nothing"
    #expect(said.contains(message), "\(said)")
  }

  @Test("it needs a rubric, and something to judge") func needs() {
    let agent = "agent: {kind: command, run: y}"
    let blind = complaint { try Self.parsed(["{name: b, kind: judge, role: info, run: x, \(agent)}"]) }
    #expect(blind?.contains("a judge needs 'rubric'") == true, "\(blind ?? "")")
    let idle = "{name: b, kind: judge, role: info, rubric: be kind, \(agent)}"
    let said = complaint { try Self.parsed([idle]) }
    #expect(said?.contains("'b' has nothing to judge: it needs 'run', or a build with") == true, "\(said ?? "")")
    #expect(complaint { try Self.parsed([idle], "build: {run: make, outputs: [page.html]}") } == nil)
  }

  @Test(
    "as objective it stands beside a guard that is measured from outside, and beside no other",
    arguments: [
      ("{name: g, kind: exit-code, role: gate, run: x}", false),
      ("{name: g, kind: metric, role: guard, direction: minimize, run: x}", false),
      ("{name: g, kind: benchmark, role: guard, run: x, measure: reported, report: go}", false),
      ("{name: g, kind: command, role: holdout, score: x}", false),
      ("{name: g, kind: benchmark, role: guard, run: x}", true), (sized, true),
    ])
  func objective(other: String, fits: Bool) {
    let said = complaint { try Self.parsed(["{\(Self.judge), role: objective}", other]) }
    #expect((said == nil) == fits, "\(said ?? "nothing")")
    if !fits {
      #expect(said?.hasPrefix("f:8:") == true)
      #expect(said?.contains("add a guard that is measured from outside, such as '- {name: time, kind:") == true)
    }
  }

  @Test("its word is no guard for a printed number either") func printed() {
    let metric = "{name: m, kind: metric, role: objective, direction: minimize, run: x}"
    #expect(complaint { try Self.parsed([metric, "{\(Self.judge), role: info}"]) }?.contains("printed by") == true)
  }

  @Test("a model that judges is asked for, paid from the loop's budget, and explained") func model() throws {
    let agent = "{kind: model, api: anthropic, model: claude-haiku-4-5, budget: {cost: 0.5 USD}}"
    let harness = try Self.parsed(
      ["{name: tone, kind: judge, role: gate, at_least: 0.5, run: x, rubric: be kind, agent: \(agent)}"],
      "agent: {kind: command, run: w}\nloop: {stop: {cost: 2 USD}}")
    let demand = "judge:tone sends what candidates write to the API of Anthropic, paid with your key"
    #expect(Trust.demands(of: harness).contains(demand))
    let text = HarnessExplanation.text(harness)
    for part in [
      "scorer 'tone': judge, gate", "model, asked 3 times; the median counts, from 0 to 1.0", "be kind",
      "it is at least 0.5", "at most 5 min for a judging",
      "at most 0.5 USD for all judgings of a try", "of $BELLJAR_OUT **, and what the run prints",
    ] { #expect(text.contains(part), "\(part)") }
  }
}
