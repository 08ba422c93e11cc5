internal import Agents
internal import Egress

extension Workbench {
  /// What its judges came to since the last call, one run for each judge with all of its judgings in it.
  package func takeJudgings() -> [AgentRun] {
    defer { judgings = [] }
    return judgings
  }

  func noteJudging(_ run: AgentRun) {
    guard let index = judgings.firstIndex(where: { $0.agent.name == run.agent.name }) else {
      judgings.append(run)
      return
    }
    judgings[index].add(run)
  }

  /// What judges are paid from outside of a loop: an account of this process, which the harness's cost budget limits too.
  func openAccount() throws {
    guard spending == nil, harness.judges.contains(where: { $0.api != nil }) else { return }
    spending = try AgentAccount(
      journal: newScratch() + "/journal", limit: harness.loop.stop.cost, environment: UserEnvironment.values)
  }
}

extension AgentRun {
  /// What runs came to in one line, such as `0.0600 USD; judge:tone: 30000 tokens in, 6000 out, 3 requests`.
  ///
  /// - Parameter cost: Of all of them, in US dollars; 0 where nothing is known of it.
  package static func told(_ runs: [AgentRun], cost: Double) -> String {
    let each = runs.map { run in
      var parts: [String] = []
      if run.tokens != TokenCount() { parts.append("\(run.tokens.input) tokens in, \(run.tokens.output) out") }
      if run.agent.api != nil { parts.append("\(run.requests) request\(run.requests == 1 ? "" : "s")") }
      return run.agent.name + (parts.isEmpty ? "" : ": " + parts.joined(separator: ", "))
    }
    return ((cost > 0 ? ["\(USD(cost))"] : []) + each).joined(separator: "; ")
  }

  /// Joins a later run of the same agent.
  fileprivate mutating func add(_ later: AgentRun) {
    let shifted = later.trace.map { event in
      var event = event
      event.seconds += seconds
      return event
    }
    trace = TraceEvent.bounded(trace + shifted)
    seconds += later.seconds
    end = later.end
    outcome = later.outcome
    if let more = later.cost { cost = (cost ?? .zero) + more }
    tokens = tokens + later.tokens
    requests += later.requests
    isLoopBudgetSpent = isLoopBudgetSpent || later.isLoopBudgetSpent
  }
}
