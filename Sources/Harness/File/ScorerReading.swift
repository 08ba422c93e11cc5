internal import Scoring
internal import StrictYAML

extension HarnessScorer {
  private static let common = ["name", "kind", "role", "run", "prepare", "unit"]
  private static let comparing = ["score", "direction", "margin", "pairs", "expect"]

  /// The keys that a scorer of each kind may have.
  private static func keys(of kind: Kind) -> [String] {
    switch kind {
    case .exitCode: common + ["expect"]
    case .tests: common + ["report", "report_file", "required", "fail_to_pass", "pass_to_pass", "flaky", "expect"]
    case .benchmark: common + comparing + ["warmup", "repeat", "matrix", "measure", "counter", "report", "report_file"]
    case .command: common + comparing + ["deterministic", "screen", "interactive", "over_budget"]
    case .metric: common + metricKeys
    case .judge: common + judgeKeys
    }
  }

  init(reading value: YAMLValue, _ defaults: StepDefaults) throws(YAMLError) {
    let mapping = try value.mapping()
    self.init(
      name: try mapping.require("name").label(), kind: try mapping.require("kind").choice(Kind.self),
      role: try mapping.require("role").choice(Role.self))
    let allowed = Self.keys(of: kind)
    for (key, _) in mapping.entries {
      let name = try key.string()
      if !allowed.contains(name), Kind.allCases.contains(where: { Self.keys(of: $0).contains(name) }) {
        throw key.error(
          "a scorer of kind \(kind.rawValue) has no '\(name)'; it may have \(allowed.joined(separator: ", "))")
      }
    }
    try mapping.only(allowed)
    try readSteps(mapping, defaults)
    switch kind {
    case .metric: try readMetric(mapping)
    case .judge: try readJudge(mapping)
    case .exitCode, .tests, .benchmark, .command: try readReport(mapping)
    }
    try readComparison(mapping)
    try check(mapping)
  }

  private mutating func readSteps(_ mapping: YAMLMapping, _ defaults: StepDefaults) throws(YAMLError) {
    let policy = kind == .tests ? "test" : "strict"
    if let value = mapping["run"] { run = try HarnessStep(reading: value, policy: policy, defaults: defaults) }
    if let value = mapping["prepare"] {
      prepare = try HarnessStep(reading: value, policy: "strict", defaults: defaults)
    }
    if let value = mapping["score"] { score = try HarnessStep(reading: value, policy: "strict", defaults: defaults) }
  }

  private mutating func readReport(_ mapping: YAMLMapping) throws(YAMLError) {
    if kind == .benchmark { return try readBenchmarkReport(mapping) }
    guard kind == .tests else { return }
    let format = try mapping.require("report").reportFormat()
    report = format
    reportPlace = ReportPlace.standard(format)
    if let value = mapping["report_file"] { reportPlace = try ReportPlace(reading: value) }
    if let value = mapping["flaky"] { flaky = try value.choice(FlakyRule.self) }
    if let value = mapping["required"] { required = try value.strings() }
    if let value = mapping["fail_to_pass"] { failToPass = try value.strings() }
    if let value = mapping["pass_to_pass"] {
      passToPass = try value.strings()
      if let name = failToPass?.first(where: { passToPass?.contains($0) == true }) {
        throw value.error("'\(name)' stands in fail_to_pass as well")
      }
    }
  }

  private mutating func readBenchmarkReport(_ mapping: YAMLMapping) throws(YAMLError) {
    if let value = mapping["measure"] { measure = try value.choice(Measure.self) }
    if let value = mapping["counter"] {
      guard measure == .instructions else { throw value.error("'counter' is for 'measure: instructions'") }
      counter = try value.choice(Counter.self)
    }
    if measure == .instructions, counter == nil { counter = .perf }
    guard measure == .reported else {
      for name in ["report", "report_file"] {
        if let value = mapping[name] { throw value.error("'\(name)' of a benchmark needs 'measure: reported'") }
      }
      return
    }
    let format = try mapping.require("report").choice(BenchmarkReportFormat.self)
    benchmarkReport = format
    reportPlace = ReportPlace.standard(format)
    if let value = mapping["report_file"] { reportPlace = try ReportPlace(reading: value) }
  }

  private mutating func readComparison(_ mapping: YAMLMapping) throws(YAMLError) {
    if kind == .benchmark { direction = .minimize }
    if let value = mapping["direction"] { direction = try value.choice(Direction.self) }
    if let value = mapping["deterministic"] { deterministic = try value.boolean() }
    if deterministic { margin = 0 }
    if let value = mapping["margin"] {
      margin = try value.fraction()
      guard margin <= 0.5, margin > 0 || deterministic else {
        throw value.expected("a margin above 0 % (0 % only if deterministic) and of at most 50 %")
      }
    }
    unit = try mapping["unit"].read(YAMLValue.string)
    if let value = mapping["expect"] {
      if value.kind == .scalar, try value.string() == "same" {
        guard kind == .benchmark else { throw value.expected("an exit code; 'same' is for benchmarks") }
        guard measure != .reported else {
          throw value.expected("an exit code; what reports its own times is never the same twice")
        }
        expect = .same
      } else {
        guard let code = try? value.integer(in: 0...255) else {
          throw value.expected("'same' or an exit code from 0 to 255")
        }
        expect = .exitCode(code)
      }
    }
    if let value = mapping["interactive"] { isInteractive = try value.boolean() }
    if let value = mapping["over_budget"] {
      guard !isInteractive else { throw value.error("an interactive scorer has none: its run leaves nothing to score") }
      overBudget = try value.choice(OverBudget.self)
    }
    if let value = mapping["screen"] { screens = try value.boolean() }
    if let value = mapping["warmup"] { warmup = try value.integer(in: 0...1000) }
    if kind != .judge, let value = mapping["repeat"] { repeats = try value.integer(in: 1...1000) }
    if let value = mapping["pairs"] { pairs = try value.pairs() }
    if let value = mapping["matrix"] { matrix = try value.matrix() }
  }

  /// What no single key can tell.
  private func check(_ mapping: YAMLMapping) throws(YAMLError) {
    if run == nil, kind != .command, kind != .judge {
      throw mapping.error("a scorer of kind \(kind.rawValue) needs 'run'")
    }
    if kind == .command, score == nil { throw mapping.error("a scorer of kind command needs 'score'") }
    if isInteractive, run == nil { throw mapping.error("an interactive scorer needs 'run': 'score' talks with it") }
    if isInteractive, let value = mapping["expect"] {
      throw value.error("an interactive scorer has no 'expect': 'score' talks with the run, and decides by that")
    }
    if deterministic, let value = mapping["screen"] {
      throw value.error("'screen' is for noisy numbers; one run says it all where 'deterministic: true' stands")
    }
    let role = try mapping.require("role")
    guard self.role == .objective || self.role == .guard else { return }
    guard kind != .exitCode, kind != .tests else {
      throw role.error("a scorer of kind \(kind.rawValue) passes or fails; it can't be the \(self.role.rawValue)")
    }
    if direction == nil {
      throw role.error("the \(self.role.rawValue) needs a direction: 'direction: minimize' or 'direction: maximize'")
    }
  }
}

extension YAMLValue {
  fileprivate func pairs() throws(YAMLError) -> ClosedRange<Int> {
    let mapping = try mapping()
    try mapping.only(["min", "max"])
    let low = try mapping["min"].map { value throws(YAMLError) in try value.integer(in: 1...10_000) }
    let high = try mapping["max"].map { value throws(YAMLError) in try value.integer(in: 1...10_000) }
    let (least, most) = (low ?? min(6, high ?? 6), high ?? max(60, low ?? 60))
    guard least <= most else { throw error("min (\(least)) is larger than max (\(most))") }
    return least...most
  }

  fileprivate func matrix() throws(YAMLError) -> [HarnessScorer.Axis] {
    var axes: [HarnessScorer.Axis] = []
    var combinations = 1
    for (key, value) in try mapping().entries {
      let values = try value.strings()
      guard !values.isEmpty else { throw value.expected("at least one value") }
      guard Set(values).count == values.count else { throw value.error("a value stands more than once") }
      combinations *= values.count
      guard combinations <= 1000 else { throw value.error("the matrix has more than 1000 combinations") }
      axes.append(HarnessScorer.Axis(variable: try key.variableName(), values: values))
    }
    guard !axes.isEmpty else { throw expected("at least one variable with its values") }
    return axes
  }
}
