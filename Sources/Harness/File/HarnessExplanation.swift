internal import Egress
internal import Scoring

/// What a harness would do, in words and columns, without running any of it: the answer of `belljar check`.
package enum HarnessExplanation {
  package static func text(_ harness: HarnessFile) -> String {
    var table = ExplanationTable()
    table.add("harness", harness.name)
    if let goal = harness.goal { table.add("goal", goal) }
    table.add("tree", "\(harness.tree.root) (\(list(harness.tree.only)))")
    table.section("what a candidate may change")
    table.add("editable", list(harness.surface.editable))
    table.add("new files elsewhere", harness.surface.outside == .reject ? "the candidate is rejected" : "dropped")
    if let files = harness.surface.fileLimit { table.add("files", "at most \(files)") }
    if let bytes = harness.surface.byteLimit { table.add("bytes", "at most \(Quantity.bytes(bytes))") }
    table.section("what an agent sees")
    table.add("shown", "the tree as the champion has it, without .git, .env and keys")
    table.add("hidden", harness.surface.hidden.isEmpty ? "nothing else" : list(harness.surface.hidden))
    if let setup = harness.setup {
      table.section("setup")
      add(setup.step, to: &table)
      if !setup.files.isEmpty { table.add("done again if changed", list(setup.files)) }
    }
    if let build = harness.build {
      table.section("build")
      add(build.step, to: &table)
      table.add("outputs", build.outputs.isEmpty ? "none survive" : list(build.outputs))
      if !build.cache.isEmpty { table.add("cache", list(build.cache)) }
    }
    for scorer in harness.scorers { add(scorer, to: &table) }
    for agent in harness.agents { add(agent, to: &table) }
    if !harness.agents.isEmpty { add(harness.loop, to: &table) }
    let demands = Trust.demands(of: harness)
    table.section("needs your word (`belljar trust`)")
    for demand in demands.isEmpty ? ["nothing"] : demands { table.add("", demand) }
    return table.text
  }

  private static func add(_ scorer: HarnessScorer, to table: inout ExplanationTable) {
    table.section("scorer '\(scorer.name)': \(scorer.kind.rawValue), \(scorer.role.rawValue)")
    for (part, step) in [("prepare", scorer.prepare), ("run", scorer.run), ("score", scorer.score)] {
      guard let step else { continue }
      table.add(part, part == "run" ? "the candidate's side" : "ours")
      add(step, to: &table, indented: true)
    }
    if let report = scorer.report {
      table.add("report", "\(report.rawValue) from \(scorer.reportPlace?.text ?? "stdout")")
      if scorer.flaky == .pass { table.add("passed at a later try", "counts as passed") }
    }
    if let metric = scorer.metric {
      table.add(
        "number", "\(metric.words) of \(scorer.reportPlace?.text ?? "stdout"); the candidate's own word (inside)")
    }
    if let bounds = scorer.bounds { table.add("passes if", "it is \(bounds.text)") }
    if let judge = scorer.judge { add(judge, of: scorer, to: &table) }
    if scorer.isInteractive { table.add("interactive", "'score' runs beside 'run': each reads what the other prints") }
    if !scorer.required.isEmpty { table.add("required", list(scorer.required)) }
    if let names = scorer.failToPass { table.add("must begin to pass", list(names)) }
    if let names = scorer.passToPass { table.add("must still pass", list(names)) }
    for axis in scorer.matrix { table.add("matrix", "$\(axis.variable) = \(list(axis.values))") }
    switch scorer.expect {
    case .exitCode where scorer.isInteractive: break
    case .exitCode(let code):
      table.add("counts if", "exit code \(code)" + (scorer.overBudget == .score ? ", or its time is up" : ""))
    case .same: table.add("counts if", "same exit code and outputs as the champion's")
    }
    if scorer.kind == .benchmark, scorer.expect != .same, scorer.score == nil {
      table.add("unchecked", "what a run writes: one that does nothing would count ('expect: same', or a 'score')")
    }
    if let direction = scorer.direction {
      table.add("better is", direction == .minimize ? "less" : "more")
      let noise =
        scorer.deterministic
        ? "deterministic, run under two seeds" : "\(scorer.pairs.lowerBound) to \(scorer.pairs.upperBound) pairs"
      table.add("compared by", "\(noise), margin \(Quantity.percent(scorer.margin))")
    }
    if scorer.kind == .benchmark {
      table.add("measured", "\(what(scorer)), \(scorer.warmup) warm-up, repeat \(scorer.repeats)")
    }
  }

  private static func what(_ scorer: HarnessScorer) -> String {
    switch scorer.measure {
    case .wall, .cpu: "\(scorer.measure.rawValue) time" + (scorer.unit.map { " in \($0)" } ?? "")
    case .memory: "peak memory"
    case .instructions: "instructions, counted by \(scorer.counter?.rawValue ?? "")"
    case .reported:
      "what its \(scorer.benchmarkReport?.rawValue ?? "") report says, from \(scorer.reportPlace?.text ?? "stdout")"
    }
  }

  private static func add(_ agent: HarnessAgent, to table: inout ExplanationTable) {
    table.section(
      agent.name == "agent" ? "agent: \(agent.kind.rawValue)" : "agent '\(agent.name)': \(agent.kind.rawValue)")
    if let step = agent.step { add(step, to: &table) }
    if let prompt = agent.prompt { table.add("prompt", prompt) }
    addModel(of: agent, to: &table)
    if agent.kind.readsPrompt {
      let anew = agent.checkpoint.map { ", anew every \($0) tries" } ?? ""
      table.add(
        "context", agent.context == .clean ? "clean: nothing of the tries before but the prompt" : "continued\(anew)")
    }
    if let loop = agent.loop { table.add("replays", loop) }
    if let cost = agent.cost { table.add("cost", "at most \(cost) USD for a proposal") }
  }

  /// What an agent speaks to.
  static func addModel(of agent: HarnessAgent, to table: inout ExplanationTable) {
    if let model = agent.model { table.add("model", model) }
    guard let api = agent.api else { return }
    table.add("speaks to", "\(agent.server ?? "the API of \(api.company)"), through the gateway; the key stays outside")
    table.add(
      "of the API", agent.features.isEmpty ? "text and its own tools" : list(agent.features.map(\.rawValue).sorted()))
  }

  private static func add(_ loop: HarnessLoop, to table: inout ExplanationTable) {
    table.section("loop: \(loop.strategy.rawValue)")
    if let population = loop.population {
      table.add(
        "builds on",
        "a population of \(population.size), showing \(population.parents); the best migrate every \(population.migration) tries"
      )
    }
    if let share = Self.share(of: loop) { table.add("share of the machine", share) }
    if loop.parallel > 1 {
      let most =
        loop.memory == nil
        ? "share this machine's cores and memory, up to \(loop.parallel) times each budget" : "share what the loop has"
      table.add(
        "side by side",
        "\(loop.parallel) tries, from the same champion: their agents, builds and gates \(most); what is measured waits for all of them, and is measured alone"
      )
    }
    if let disk = loop.disk {
      table.add("state", "at most \(Quantity.bytes(disk)): then contents of candidates that were not kept go")
    }
    var ends = ["\(loop.stop.failures) failures in a row"]
    if let iterations = loop.stop.iterations { ends.append("\(iterations) iterations") }
    if let wall = loop.stop.wall { ends.append(Quantity.duration(wall)) }
    if let stale = loop.stop.stale { ends.append("\(stale) iterations without improvement") }
    if let cost = loop.stop.cost { ends.append("\(cost) USD") }
    switch loop.stop.target {
    case .ratio(let ratio): ends.append("the objective is \(ratio) times as good as the baseline")
    case .value(let value): ends.append("the objective reaches \(value)")
    case nil: break
    }
    table.add("ends after", ends.joined(separator: ", or "))
  }

  private static func share(of loop: HarnessLoop) -> String? {
    var parts: [String] = []
    if let cores = loop.cores {
      parts.append("\(cores) core\(cores == 1 ? "" : "s"), others than those of other loops where there are enough")
    }
    if let memory = loop.memory { parts.append("\(Quantity.bytes(memory)) of memory") }
    return parts.isEmpty ? nil : "all its sandboxes together: " + parts.joined(separator: "; ")
  }

  static func add(_ step: HarnessStep, to table: inout ExplanationTable, indented: Bool = false) {
    func row(_ name: String, _ value: String) { table.add((indented ? "  " : "") + name, value) }
    switch step.command {
    case .direct(let arguments): row("runs", arguments.map(quoted).joined(separator: " "))
    case .shell(let script): row("runs", "/bin/sh -c \(quoted(script))")
    }
    if let folder = step.folder { row("in", folder) }
    switch step.policy {
    case .builtIn(let name): row("policy", name)
    case .file(let path): row("policy", "file \(path)")
    }
    row("network", "\(step.network)")
    if !step.inputs.isEmpty {
      row("shows", list(step.inputs.map { $0.source + ($0.destination.map { " as \($0)" } ?? "") }))
    }
    if !step.environment.isEmpty { row("sets", list(step.environment.keys.sorted())) }
    if !step.secrets.isEmpty { row("secrets", list(step.secrets)) }
    row("budget", Quantity.budget(step.budget))
  }

  static func list(_ items: [String]) -> String { items.map(quoted).joined(separator: ", ") }

  /// A word as it is, or in quotes where it would be misread.
  private static func quoted(_ word: String) -> String {
    let text = word.visible()
    let plain = !word.isEmpty && text == word && !word.contains { $0 == " " || $0 == "'" || $0 == "," }
    return plain ? text : "'\(text)'"
  }
}
