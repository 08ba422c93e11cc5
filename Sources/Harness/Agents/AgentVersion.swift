internal import Agents
internal import Sandbox

extension Workbench {
  /// How long a program may take to say its version.
  private static let patience = Duration.seconds(60)

  /// Asks an agent's program for its version, in a sandbox like the one that it will work in, but without a network.
  ///
  /// - Throws: `EvaluationFault.invalid` where it isn't there, doesn't run, or is too old.
  package func checkVersion(of agent: HarnessAgent, in place: Workplace) throws {
    guard agent.kind.usualAPI != nil, let step = agent.step else { return }
    let upper = try newScratch()
    let work = try newScratch()
    defer { remove([upper, work]) }
    var asked = step
    asked.command = .direct(step.command.arguments + ["--version"])
    asked.network = .none
    asked.budget.wall = Self.patience
    let result = try execute(
      asked, name: "\(agent.name).version", side: "ours", layers: place.parent.layers, upper: upper, work: work,
      extra: [], keep: 1 << 12, advises: true)
    let program = step.command.arguments.joined(separator: " ")
    guard result.outcome.succeeded else {
      let words = [RunReport.tail(result.error).suffix(500)] + result.advice.map { $0[...] }
      let why = words.filter { !$0.isEmpty }.joined(separator: "; ")
      throw EvaluationFault.invalid(
        "\(agent.name): '\(program) --version' \(result.outcome.reason)\(why.isEmpty ? "" : ": \(why)"); install it, or "
          + "name it by 'run'")
    }
    if let objection = agent.commandLine(step).objection(toVersion: result.output.text) {
      throw EvaluationFault.invalid("\(agent.name): \(objection)")
    }
  }
}
