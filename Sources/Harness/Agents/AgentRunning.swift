package import Agents
internal import Digests
internal import Egress
internal import Glibc
internal import Sandbox
internal import Workspace

extension Workbench {
  /// Where an agent finds its home: the sandbox's own.
  private static let home = "/home/belljar"

  /// Runs one step of an agent that is a program, in a sandbox of its own.
  ///
  /// - Parameters:
  ///   - place: The tree as the steps before it left it.
  ///   - home: A home that lasts, and the session that goes on in it; nil for a fresh one.
  ///   - iteration: Under what its spending is counted.
  ///   - watching: Is told of each event as it comes.
  package func runAgent(
    _ agent: HarnessAgent, in place: Workplace, prompt: String, home: AgentHome?, iteration: String,
    watching: (@Sendable (TraceEvent) -> Void)? = nil
  ) throws -> AgentRun {
    guard let step = agent.step else { throw EvaluationFault.invalid("\(agent.name) has no program to run") }
    let line = agent.commandLine(step)
    let desk = try AgentDesk(agent, spending: spending, iteration: iteration)
    var request = AgentRequest(
      prompt: prompt, model: agent.model, arguments: agent.arguments, pass: desk.pass, session: try home?.session(),
      keepsSession: home != nil)
    if agent.api != nil { request.gateway = Doorway.gatewayAddress }
    let launch = line.launch(request)
    // In place of the program's usual name the harness may have another command.
    let command =
      agent.kind.usualAPI == nil ? launch.arguments : step.command.arguments + launch.arguments.dropFirst()
    let scratch = try newScratch()
    defer { remove([scratch]) }
    try HomeFiles.write([("prompt.txt", Array(prompt.utf8))], into: "\(scratch)/prompt")
    try HomeFiles.write(launch.files.map { ($0.key, $0.value) }, into: "\(scratch)/files")
    let upper = try home?.upper() ?? newScratch()
    let work = try newScratch()
    defer { remove(home == nil ? [upper, work] : [work]) }
    var limited = step
    limited.budget = agent.budget.merged(over: step.budget)
    limited.command = .direct(command)
    var homeMount = Jar.Mount(
      .overlay(layers: ["\(scratch)/files"], upper: upper, work: work), source: Self.home, destination: Self.home)
    homeMount.isVolatile = home == nil
    let door = try Doorway(
      hosts: step.network, gateway: desk.gateway, features: agent.features, servers: servers, log: networkLog,
      step: agent.name)
    let began = monotonicNow()
    let stream = AgentStream(
      reader: line.makeReader(), clock: { (monotonicNow() - began).seconds }, handOn: watching)
    let result = try execute(
      limited, name: agent.name, side: "ours", layers: place.parent.layers, upper: place.upper, work: place.work,
      environment: ["BELLJAR_PROMPT": "/prompt/prompt.txt"].merging(desk.environment) { $1 }
        .merging(launch.environment) { $1 },
      extra: [Jar.Mount(.readOnly, source: "\(scratch)/prompt", destination: "/prompt"), homeMount],
      input: .bytes(launch.input), keep: 1 << 16, door: door,
      watching: { stream.take($0, $1) })
    var code: Int32?
    if case .exited(let value) = result.outcome.reason { code = value }
    let trace = stream.finish(exitCode: code)
    var run = AgentRun(
      agent: agent, end: Self.end(trace.end, result, door), trace: trace.events + Self.network(door),
      seconds: result.outcome.wall.seconds)
    run.tokens = trace.tokens
    run.trace.sort { $0.seconds < $1.seconds }
    run.outcome = result.outcome.reason.name
    desk.settle(&run)
    if run.session != nil { try home?.keep(session: run.session) }
    return run
  }

  /// What the sandbox says of its end stands before what the agent says.
  private static func end(_ end: AgentEnd, _ result: Sandbox.Result, _ door: Doorway?) -> AgentEnd {
    switch result.outcome.reason {
    case .exited: return end.told(by: door)
    case .wallBudget, .cpuBudget, .memoryBudget, .processBudget, .diskBudget, .outputBudget:
      return .budget("it \(result.outcome.reason)")
    default: return .crashed("it \(result.outcome.reason)" + RunReport.why(result, result.error))
    }
  }

  private static func network(_ door: Doorway?) -> [TraceEvent] {
    (door?.requests ?? []).filter { $0.record.door == .proxy || $0.record.verdict != .allowed }.map { request in
      let record = request.record
      return TraceEvent(
        .network, seconds: request.seconds,
        text: "\(record.method) \(record.verdict), \(record.sent) bytes out, \(record.received) in",
        name: "\(record.host):\(record.port)", isFailure: record.verdict != .allowed)
    }
  }
}

extension AgentEnd {
  /// What the gateway knows better than the agent's words: that a failure comes of our own cost budget, and when an account's
  /// limit ends.
  fileprivate func told(by door: Doorway?) -> AgentEnd {
    guard let door else { return self }
    switch self {
    case .finished, .refused: return self
    case .usageLimit(let why, until: nil):
      if let spent = door.budgetRefusal { return .budget(spent) }
      return .usageLimit(why, until: door.limitEnd.map { .at($0) })
    case .crashed, .budget, .usageLimit, .authentication, .network:
      return door.budgetRefusal.map { .budget($0) } ?? self
    }
  }
}

extension HarnessAgent {
  /// How this agent's program is called and read.
  func commandLine(_ step: HarnessStep) -> any AgentCommandLine {
    let command = step.command.arguments
    switch kind {
    case .claude: return ClaudeCommandLine()
    case .codex: return CodexCommandLine()
    case .gemini: return GeminiCommandLine()
    case .command where speaksProtocol: return ProtocolCommandLine(command: command)
    case .command, .model, .tune, .mutate, .replay: return PlainCommandLine(command: command)
    }
  }
}
