internal import Agents
internal import Egress
internal import Sandbox
internal import StrictYAML

extension HarnessAgent {
  /// The most steps of a pipeline.
  private static let mostSteps = 20

  /// Reads `agent`: a mapping, or the list of a pipeline's steps.
  static func read(_ value: YAMLValue, _ defaults: StepDefaults) throws(YAMLError) -> [HarnessAgent] {
    guard value.kind == .list else { return [try HarnessAgent(reading: value, name: "agent", defaults)] }
    let items = try value.list()
    guard (1...mostSteps).contains(items.count) else { throw value.expected("1 to \(mostSteps) steps") }
    var agents: [HarnessAgent] = []
    for item in items {
      let name = try item.mapping()["name"].map { value throws(YAMLError) in try value.label() }
      let agent = try HarnessAgent(reading: item, name: name ?? "agent-\(agents.count + 1)", defaults)
      guard agent.kind.readsPrompt else {
        throw item.error("an agent of kind \(agent.kind.rawValue) proposes by itself: it can't be a step of a pipeline")
      }
      guard !agents.contains(where: { $0.name == agent.name }) else {
        throw item.error("two steps are called '\(agent.name)'; each needs a name of its own")
      }
      agents.append(agent)
    }
    return agents
  }

  /// Reads the agent of a judge. It is to see what it judges and nothing else, so what the top of the file gives to steps is not
  /// its, it has no network but the gateway, and what belongs to proposals means nothing.
  static func judge(reading value: YAMLValue, of scorer: String) throws(YAMLError) -> HarnessAgent {
    for (key, _) in try value.mapping().entries {
      let name = try key.string()
      guard ["name", "prompt", "context", "checkpoint", "loop", "seed", "dir", "network"].contains(name) else {
        continue
      }
      throw key.error("the agent of a judge has no '\(name)'")
    }
    var agent = try HarnessAgent(reading: value, name: "judge:\(scorer)", StepDefaults())
    guard agent.kind.readsPrompt else {
      throw try value.mapping().require("kind").error(
        "an agent of kind \(agent.kind.rawValue) can't judge; use model, claude, codex, gemini or command")
    }
    agent.budget.wall = agent.budget.wall ?? judgeWall
    return agent
  }

  /// How long one judging may take where the harness says nothing.
  private static let judgeWall = Duration.seconds(300)

  private static let own = [
    "kind", "name", "prompt", "model", "args", "protocol", "api", "server", "key", "features", "context", "checkpoint",
    "loop", "seed",
  ]

  private init(reading value: YAMLValue, name: String, _ defaults: StepDefaults) throws(YAMLError) {
    let mapping = try value.mapping()
    try mapping.only(Self.own + HarnessStep.keys)
    self.init(kind: try mapping.require("kind").choice(Kind.self), name: name)
    try refuseForeignKeys(mapping)
    prompt = try mapping["prompt"].read(YAMLValue.insidePath)
    model = try mapping["model"].read(YAMLValue.string)
    if let value = mapping["args"] { arguments = try value.strings() }
    if let value = mapping["protocol"] {
      guard try value.string() == "json" else { throw value.expected("json (docs/agents.md)") }
      speaksProtocol = true
    }
    if let value = mapping["budget"] {
      budget = try Budget(reading: value, extra: ["cost"]).merged(over: defaults.budget)
      cost = try value.mapping()["cost"].read(YAMLValue.dollars)
    }
    if let value = mapping["seed"] { seed = try value.integer(in: 0...Int.max) }
    loop = try mapping["loop"].read(YAMLValue.string)
    try readModel(mapping)
    if let value = mapping["context"] { context = try value.choice(Context.self) }
    if let value = mapping["checkpoint"] {
      guard context == .continued else { throw value.error("a checkpoint is for 'context: continued'") }
      checkpoint = try value.integer(in: 1...1_000_000)
    }
    step = try sandbox(value, mapping, defaults)
    if kind == .model, api == nil {
      throw value.error("an agent of kind model needs 'api': anthropic, openai, openai-chat or gemini")
    }
    if kind == .model, model == nil { throw value.error("an agent of kind model needs 'model', the model's name") }
    if kind == .replay, loop == nil {
      throw value.error("an agent of kind replay needs 'loop': the name or the number of a recorded loop")
    }
    if cost != nil, api == nil {
      throw value.error("a cost budget needs 'api': only what goes through the gateway can be priced")
    }
  }

  /// What speaks to a model, and how it is paid.
  private mutating func readModel(_ mapping: YAMLMapping) throws(YAMLError) {
    if kind == .model {
      dialect = try mapping["api"].map { value throws(YAMLError) in try value.choice(ModelDialect.self) }
      api = dialect?.api
    } else {
      api = try mapping["api"].map { value throws(YAMLError) in try value.choice(ModelAPI.self) } ?? kind.usualAPI
    }
    if let value = mapping["server"] {
      let text = try value.string()
      do { server = "\(try BaseURL(text))" } catch { throw value.error("\(error)") }
    }
    if let value = mapping["key"] {
      let text = try value.string()
      key = text == Self.noKey ? text : try value.variableName()
    }
    if let value = mapping["features"] {
      for item in try value.list() { features.insert(try item.choice(APIFeature.self)) }
    }
  }

  /// The sandbox of a kind that runs a program.
  private func sandbox(
    _ value: YAMLValue, _ mapping: YAMLMapping, _ defaults: StepDefaults
  ) throws(YAMLError) -> HarnessStep? {
    switch kind {
    case .command:
      return try HarnessStep(
        reading: value, policy: "agent", defaults: defaults, extra: Self.own, extraBudget: ["cost"])
    case .claude, .codex, .gemini:
      // 'run' is only another place of the program.
      return try HarnessStep(
        reading: value, policy: "agent", defaults: defaults, extra: Self.own, extraBudget: ["cost"],
        usual: .direct([kind.rawValue]))
    case .tune, .mutate, .model, .replay: return nil
    }
  }

  /// Keys that mean nothing to a kind are mistakes.
  private func refuseForeignKeys(_ mapping: YAMLMapping) throws(YAMLError) {
    var foreign: [String] = []
    if !kind.readsPrompt { foreign += ["model", "api", "server", "key", "features", "context", "checkpoint", "args"] }
    if kind == .model { foreign += ["args"] }
    if kind.usualAPI != nil { foreign += ["api"] }
    if kind != .command { foreign += ["protocol"] }
    if kind != .replay { foreign += ["loop"] }
    if ![.command, .claude, .codex, .gemini].contains(kind) { foreign += HarnessStep.keys.filter { $0 != "budget" } }
    for (key, _) in mapping.entries {
      let name = try key.string()
      guard foreign.contains(name) else { continue }
      throw key.error("an agent of kind \(kind.rawValue) has no '\(name)'")
    }
  }
}

extension ModelDialect {
  /// The API that the gateway stands for.
  fileprivate var api: ModelAPI {
    switch self {
    case .anthropic: .anthropic
    case .openAI, .openAIChat: .openAI
    case .gemini: .gemini
    }
  }
}
