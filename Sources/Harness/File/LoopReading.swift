internal import Sandbox
internal import StrictYAML

extension HarnessLoop {
  init(reading value: YAMLValue?, strategy: Strategy) throws(YAMLError) {
    self.init(strategy: strategy)
    stop.iterations = Stop.defaultIterations
    guard let value else { return }
    let mapping = try value.mapping()
    try mapping.only(
      ["strategy", "stop", "seed", "recheck", "population", "disk", "error_rate", "parallel", "cores", "memory"])
    if let value = mapping["strategy"] { self.strategy = try value.choice(Strategy.self) }
    if let value = mapping["population"] {
      guard self.strategy == .optimize else {
        throw value.error("a population is for the strategy 'optimize': 'retry' has no objective to choose by")
      }
      population = try Population(reading: value)
    }
    if let value = mapping["parallel"] { parallel = try value.integer(in: 1...Self.mostParallel) }
    if let value = mapping["cores"] { cores = try value.integer(in: 1...1024) }
    memory = try mapping["memory"].read(YAMLValue.positiveByteCount)
    if let value = mapping["seed"] { seed = try value.integer(in: 0...Int.max) }
    if let value = mapping["recheck"] { recheck = try value.integer(in: 1...1_000_000) }
    disk = try mapping["disk"].read(YAMLValue.byteCount)
    if let value = mapping["error_rate"] {
      errorRate = try value.fraction()
      guard errorRate > 0, errorRate <= 0.5 else { throw value.expected("an error rate above 0 % and of at most 50 %") }
    }
    if let value = mapping["stop"] { stop = try Stop(reading: value) }
  }
}

extension HarnessLoop.Population {
  init(reading value: YAMLValue) throws(YAMLError) {
    let mapping = try value.mapping()
    try mapping.only(["size", "parents", "migration"])
    self.init(size: try mapping.require("size").integer(in: 2...1000))
    if let value = mapping["parents"] { parents = try value.integer(in: 1...3) }
    if let value = mapping["migration"] { migration = try value.integer(in: 1...1_000_000) }
  }
}

extension HarnessLoop.Stop {
  init(reading value: YAMLValue) throws(YAMLError) {
    let mapping = try value.mapping()
    try mapping.only(["iterations", "wall", "failures", "stale", "target", "cost"])
    self.init()
    if let value = mapping["iterations"] { iterations = try value.integer(in: 1...1_000_000) }
    wall = try mapping["wall"].read(YAMLValue.duration)
    if let value = mapping["failures"] { failures = try value.integer(in: 1...1_000_000) }
    if let value = mapping["stale"] { stale = try value.integer(in: 1...1_000_000) }
    target = try mapping["target"].read(YAMLValue.target)
    cost = try mapping["cost"].read(YAMLValue.dollars)
    if iterations == nil, wall == nil, cost == nil { iterations = Self.defaultIterations }
  }
}

extension YAMLValue {
  fileprivate func target() throws(YAMLError) -> HarnessLoop.Target {
    let text = try string()
    if text.hasSuffix("x"), let ratio = Units.number(String(text.dropLast())), ratio > 1 { return .ratio(ratio) }
    if let value = Units.number(text) { return .value(value) }
    throw expected("a value of the objective, or a ratio to the baseline above 1, such as '2x'")
  }
}
