/// What is asked of an agent's command line, once.
package struct AgentRequest: Sendable {
  package var prompt: String
  package var model: String?
  /// The harness's own arguments, behind ours.
  package var arguments: [String]
  /// Where the gateway is inside, such as `http://127.0.0.1:3129`; nil where the agent speaks to no API.
  package var gateway: String?
  /// The worthless key that the gateway asks for.
  package var pass: String
  /// The agent's own session to go on with; nil for a clean context.
  package var session: String?
  /// Whether the agent stores its session in its home, so that a later run with the same home can go on with it.
  package var keepsSession: Bool

  package init(
    prompt: String, model: String? = nil, arguments: [String] = [], gateway: String? = nil, pass: String = "",
    session: String? = nil, keepsSession: Bool = false
  ) {
    self.prompt = prompt
    self.model = model
    self.arguments = arguments
    self.gateway = gateway
    self.pass = pass
    self.session = session
    self.keepsSession = keepsSession
  }
}

/// How an agent's program is run inside.
package struct AgentLaunch: Sendable, Hashable {
  /// The program and its arguments; the program is looked for in the user's PATH.
  package var arguments: [String]
  package var environment: [String: String]
  package var input: [UInt8]
  /// Files of its fresh home, by their path in it.
  package var files: [String: [UInt8]]

  package init(
    arguments: [String], environment: [String: String] = [:], input: [UInt8] = [], files: [String: [UInt8]] = [:]
  ) {
    self.arguments = arguments
    self.environment = environment
    self.input = input
    self.files = files
  }
}

/// An agent that is a program: how it is called, and how what it prints is read.
package protocol AgentCommandLine: Sendable {
  /// The program's name, such as `claude`.
  var program: String { get }

  func launch(_ request: AgentRequest) -> AgentLaunch

  /// A reader for one run.
  func makeReader() -> any AgentOutputReader

  /// What is wrong with a version, from what `--version` prints; nil where it will do.
  func objection(toVersion text: String) -> String?
}

/// Reads what an agent prints, as it comes: hostile input.
package protocol AgentOutputReader: Sendable {
  /// - Parameters:
  ///   - line: A line of standard output without its end; of an endless one the beginning.
  ///   - seconds: Since the step began.
  mutating func read(_ line: [UInt8], seconds: Double) -> [TraceEvent]

  /// After the end of the output: what it came to.
  ///
  /// - Parameters:
  ///   - exitCode: nil where a signal or a budget ended it.
  ///   - errorTail: The end of standard error.
  mutating func end(exitCode: Int32?, errorTail: String) -> AgentEnd
}

/// What an agent's run came to. Only `finished` and `refused` are tries.
package enum AgentEnd: Sendable, Hashable {
  /// With its last words.
  case finished(String)
  /// The model would not do it.
  case refused(String)
  /// The program failed, or printed what can't be read.
  case crashed(String)
  /// A limit of the agent's own (turns, its cost).
  case budget(String)
  /// The account's limit: waited for, never counted as a try.
  case usageLimit(String, until: UsageLimitEnd?)
  /// The API took no key: waiting doesn't help.
  case authentication(String)
  /// The API couldn't be reached, or was overloaded to the end.
  case network(String)
}

/// When an account's limit ends, as far as the API or the agent said.
package enum UsageLimitEnd: Sendable, Hashable {
  /// Seconds since 1970.
  case at(Double)
  /// Seconds from when it was said.
  case after(Double)
}
