internal import Agents
internal import Harness
internal import Workspace

/// The agents that read a prompt: one, or the steps of a pipeline, each in a sandbox of its own.
struct AgentPipeline: Sendable {
  let bench: Workbench
  /// The loop, for homes that last.
  let loop: Int64
  /// Is told of what an agent does while it works.
  let tell: @Sendable (LoopEvent) -> Void
  private var agents: [HarnessAgent] { bench.harness.agents }

  init(bench: Workbench, loop: Int64, tell: @escaping @Sendable (LoopEvent) -> Void) {
    self.bench = bench
    self.loop = loop
    self.tell = tell
  }

  /// Asks the programs for their versions.
  ///
  /// - Throws: `EvaluationFault.invalid` where one can't do the work.
  func checkVersions(on parent: Specimen) throws {
    let place = try bench.newWorkplace(on: parent)
    defer { bench.release(place) }
    for agent in agents { try bench.checkVersion(of: agent, in: place) }
  }

  /// Runs the steps one after the other on the same view of the tree; the first that fails ends the proposal.
  ///
  /// - Returns: The proposal, and what each step came to, also where one failed.
  func propose(_ ask: Ask) throws -> (proposal: Proposal, runs: [AgentRun]) {
    let place = try bench.newWorkplace(on: ask.parent)
    defer { bench.release(place) }
    var runs: [AgentRun] = []
    for (index, agent) in agents.enumerated() {
      tell(.agent(number: ask.number, step: agent.name, "begins"))
      let run = try run(agent, at: index, ask, in: place, before: runs.last)
      runs.append(run)
      if let failure = failure(of: run) { return (failure, runs) }
    }
    let note = runs.last?.note ?? ""
    let reading = try bench.read(place)
    if let over = reading.overLimit { return (.rejected(over, note: note), runs) }
    guard reading.violations.isEmpty else {
      let paths = reading.violations.prefix(5).map(\.description).joined(separator: ", ")
      return (.rejected("changed what is fixed: \(paths)", note: note), runs)
    }
    guard !reading.accepted.isEmpty else { return (.nothing(note), runs) }
    return (.changes(reading.accepted, key: "", note: note), runs)
  }

  private func run(
    _ agent: HarnessAgent, at index: Int, _ ask: Ask, in place: Workplace, before: AgentRun?
  ) throws -> AgentRun {
    let home = agent.context == .continued ? try continuedHome(agent, ask.number) : nil
    var prompt = ask.prompts[index]
    if let before { prompt += PromptText.afterStep(before) }
    if let told = try home?.tail() { prompt += PromptText.lastTrace(told) }
    let number = ask.number
    let progress: @Sendable (TraceEvent) -> Void = { [tell] event in
      guard event.kind == .toolCall || event.kind == .message else { return }
      tell(.agent(number: number, step: agent.name, event.name ?? event.text))
    }
    let iteration = agents.count == 1 ? "\(number)" : "\(number).\(index + 1)"
    let run =
      agent.kind == .model
      ? try bench.askModel(agent, in: place, prompt: prompt, iteration: iteration)
      : try bench.runAgent(agent, in: place, prompt: prompt, home: home, iteration: iteration, watching: progress)
    if run.session == nil { try home?.keep(tail: run.lastWords) }
    return run
  }

  /// A home that lasts from try to try, made anew at every checkpoint.
  private func continuedHome(_ agent: HarnessAgent, _ number: Int) throws -> AgentHome {
    let home = try AgentHome(state: bench.state, loop: loop, step: agent.name)
    if let checkpoint = agent.checkpoint, (number - 1).isMultiple(of: checkpoint) { try home.clear() }
    return home
  }

  /// What a step that did not do its work makes of the proposal; nil where it did.
  private func failure(of run: AgentRun) -> Proposal? {
    let name = agents.count == 1 ? "the agent" : "the step '\(run.agent.name)'"
    switch run.end {
    case .finished: return nil
    case .refused(let why): return .refused("\(name) refused: \(why)")
    case .crashed(let why): return .failed("\(name) failed: \(why.suffix(600))")
    case .budget(let why): return .failed("\(name) ran into its limit: \(why.suffix(600))")
    case .usageLimit(let why, let until): return .limited("\(name): \(why.suffix(300))", until: until)
    case .authentication(let why): return .noAccess("\(name) has no access to its model: \(why.suffix(300))")
    case .network(let why): return .failed("\(name) could not reach its model: \(why.suffix(300))")
    }
  }
}
