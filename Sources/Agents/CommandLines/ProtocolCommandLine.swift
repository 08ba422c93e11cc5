internal import Scoring

/// Any program that speaks the protocol of `docs/agents.md`: one JSON object on stdin, JSON lines on stdout.
package struct ProtocolCommandLine: AgentCommandLine {
  private let command: [String]
  private let now: @Sendable () -> Double

  /// - Parameter command: The program and its own arguments.
  package init(command: [String]) {
    self.command = command
    now = WallClock.now
  }

  package var program: String { command.first ?? "" }

  /// The protocol's version, for programs that want to know.
  private static let version = 1

  package func launch(_ request: AgentRequest) -> AgentLaunch {
    // The gateway's address and key stand in the environment of every agent.
    AgentLaunch(arguments: command + request.arguments, input: Array(Self.input(request).utf8))
  }

  private static func input(_ request: AgentRequest) -> String {
    func text(_ value: String?) -> String { value.map { StrictJSON.quoted($0) } ?? "null" }
    let arguments = request.arguments.map { StrictJSON.quoted($0) }.joined(separator: ",")
    return "{\"version\":\(version),\"prompt\":\(text(request.prompt)),\"model\":\(text(request.model)),"
      + "\"args\":[\(arguments)],\"session\":\(text(request.session)),\"gateway\":\(text(request.gateway))}\n"
  }

  package func makeReader() -> any AgentOutputReader { ProtocolReader(now: now) }

  /// Whoever speaks the protocol will do.
  package func objection(toVersion text: String) -> String? { nil }
}
