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
