internal import Agents
internal import Egress
internal import Glibc
internal import Sandbox
internal import Workspace

extension Workbench {
  /// Asks a model for a change of the surface, and lays what it answers into the place.
  ///
  /// - Parameter iteration: Under what its spending is counted.
  package func askModel(_ agent: HarnessAgent, in place: Workplace, prompt: String, iteration: String) throws
    -> AgentRun
  {
    try asking(agent, iteration: iteration) { model in
      let tree = place.parent.tree.applying(try read(place).accepted)
      var files = EditableFiles()
      try files.follow(tree, self)
      let work = model.propose(ModelTask(prompt: prompt, tree: tree, surface: surface, contents: files.contents))
      if !work.files.isEmpty, !cancellation.isCancelled {
        try lay(work.changes(to: tree, store: store, now: Self.now()), over: tree, into: place, agent.name)
      }
      return work
    }
  }

  /// Puts a model behind the gateway at an agent's service.
  ///
  /// - Throws: `EvaluationFault.cancelled` where the user ended it meanwhile.
  func asking(
    _ agent: HarnessAgent, iteration: String, _ ask: (ModelAgent) throws -> ModelWork
  ) throws -> AgentRun {
    guard let dialect = agent.dialect, let model = agent.model else {
      throw EvaluationFault.invalid("\(agent.name) names no API and model")
    }
    let desk = try AgentDesk(agent, spending: spending, iteration: iteration)
    let limit = agent.budget.wall ?? .seconds(1800)
    var policy = EgressPolicy(features: agent.features)
    policy.limits.silence = limit
    guard let servers else { throw EvaluationFault.noNetwork(agent.name) }
    let server = servers(policy, desk.gateway) { [networkLog] record in networkLog.write(record, step: agent.name) }
    try server.start(proxy: nil, gateway: nil)
    defer { server.stop() }
    var client = ModelClient(server)
    client.limit = limit
    let began = monotonicNow()
    let clock: @Sendable () -> Double = { (monotonicNow() - began).seconds }
    let work = try ask(
      ModelAgent(
        dialect, model: model, transport: GatewayTransport(client: client, cancellation: cancellation), clock: clock,
        wait: { [cancellation] in Self.wait($0, cancellation) }))
    if cancellation.isCancelled { throw EvaluationFault.cancelled }
    var run = AgentRun(agent: agent, end: work.end, trace: work.events, seconds: clock())
    run.tokens = work.tokens
    desk.settle(&run)
    return run
  }

  /// Writes files into the place as a step would: inside a sandbox, so that no link of an earlier step leads the writing out.
  private func lay(_ changes: Changes, over tree: Tree, into place: Workplace, _ name: String) throws {
    let answer = "\(place.work)-answer"
    defer { remove([answer]) }
    try LayerFolder.materialise(
      changes: changes, over: tree, store: store, into: answer, owner: Self.owner, dropEmptyFolders: false)
    let copy = HarnessStep(
      command: .direct(["cp", "-r", "--preserve=mode", "--remove-destination", "/answer/.", root]),
      policy: .builtIn("strict"))
    let result = try execute(
      copy, name: name, side: "ours", layers: place.parent.layers, upper: place.upper, work: place.work,
      extra: [Jar.Mount(.readOnly, source: answer, destination: "/answer")])
    guard result.outcome.succeeded else {
      throw EvaluationFault.invalid("\(name): its files could not be written: \(RunReport.why(result, result.error))")
    }
  }

  private static func wait(_ seconds: Double, _ cancellation: Cancellation) {
    let end = monotonicNow() + .seconds(seconds)
    while monotonicNow() < end, !cancellation.isCancelled { usleep(50_000) }
  }
}

/// Carries a model's requests to the gateway of this process.
private struct GatewayTransport: ModelTransport {
  let client: ModelClient
  let cancellation: Cancellation

  func send(path: String, headers: [ModelHeader], body: [UInt8]) throws -> ModelReply {
    let answer = try client.post(
      path, headers: headers.map { ModelClient.Header($0.name, $0.value) }, body: body,
      isCancelled: { [cancellation] in cancellation.isCancelled })
    return ModelReply(
      status: answer.status, headers: answer.headers.map { ModelHeader($0.name, $0.value) }, body: answer.body)
  }
}
