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
      prompt: prompt, model: agent.model, arguments: agent.arguments, pass: desk.pass, session: try home?.session())
    if agent.api != nil { request.gateway = Doorway.gatewayAddress }
    let launch = line.launch(request)
    let scratch = try newScratch("desk")
    defer { remove([scratch]) }
    try HomeFiles.write([("prompt.txt", Array(prompt.utf8))], into: "\(scratch)/prompt")
    try HomeFiles.write(launch.files.map { ($0.key, $0.value) }, into: "\(scratch)/files")
    let upper = try home?.upper() ?? newScratch("home")
    let work = try newScratch("home-work")
    defer { remove(home == nil ? [upper, work] : [work]) }
    var limited = step
    limited.budget = agent.budget.merged(over: step.budget)
    limited.command = .direct(launch.arguments)
    let door = try Doorway(
      hosts: step.network, gateway: desk.gateway, features: agent.features, log: networkLog, step: agent.name)
    let stream = AgentStream(reader: line.makeReader(), onEvent: watching)
    let result = try execute(
      limited, name: agent.name, side: "ours", layers: place.parent.layers, upper: place.upper, work: place.work,
      environment: ["BELLJAR_PROMPT": "/prompt/prompt.txt"].merging(desk.environment) { $1 }
        .merging(launch.environment) { $1 },
      extra: [
        Jar.Mount(.readOnly, source: "\(scratch)/prompt", destination: "/prompt"),
        Jar.Mount(
          .overlay(layers: ["\(scratch)/files"], upper: upper, work: work), source: Self.home, destination: Self.home),
      ], input: .bytes(launch.input), keep: 1 << 16, door: door,
      watching: { if $0 == .output { stream.take($1) } })
    var code: Int32?
    if case .exited(let value) = result.outcome.reason { code = value }
    let (end, events) = stream.finish(exitCode: code, errorTail: RunReport.tail(result.error))
    var run = AgentRun(
      agent: agent, end: Self.end(end, result), trace: events + Self.network(door), seconds: result.outcome.wall.seconds
    )
    run.trace.sort { $0.seconds < $1.seconds }
    run.outcome = result.outcome.reason.name
    desk.settle(&run)
    if run.session != nil { try home?.keep(session: run.session) }
    return run
  }

  /// What the sandbox says of its end stands before what the agent says.
  private static func end(_ end: AgentEnd, _ result: Sandbox.Result) -> AgentEnd {
    switch result.outcome.reason {
    case .exited: return end
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

extension HarnessAgent {
  /// How this agent's program is called and read.
  func commandLine(_ step: HarnessStep) -> any AgentCommandLine {
    let command = step.command.arguments
    switch kind {
    case .claude: return ClaudeCommandLine(command: command)
    case .codex: return CodexCommandLine(command: command)
    case .gemini: return GeminiCommandLine(command: command)
    case .command where speaksProtocol: return ProtocolCommandLine(command: command)
    case .command, .model, .tune, .mutate, .replay: return PlainCommandLine(command: command)
    }
  }
}
