package import Sandbox

/// One command in one sandbox, with the file's defaults already filled in.
package struct HarnessStep: Sendable, Hashable {
  /// What is run.
  package var command: HarnessCommand
  /// The folder, relative to the tree's root; nil for the root itself.
  package var folder: String?
  /// The environment in the file's order of names: the top-level entries, overridden by the step's.
  package var environment: [String: String]
  /// What is shown besides the tree, read-only.
  package var inputs: [HarnessInput]
  package var network: NetworkAccess
  /// Names of variables of the user's environment that the step may read.
  package var secrets: [String]
  package var policy: PolicyChoice
  package var budget: Budget

  package init(
    command: HarnessCommand, folder: String? = nil, environment: [String: String] = [:], inputs: [HarnessInput] = [],
    network: NetworkAccess = .none, secrets: [String] = [], policy: PolicyChoice = .builtIn("strict"),
    budget: Budget = Budget()
  ) {
    self.command = command
    self.folder = folder
    self.environment = environment
    self.inputs = inputs
    self.network = network
    self.secrets = secrets
    self.policy = policy
    self.budget = budget
  }
}

/// What network a step has.
package enum NetworkAccess: Sendable, Hashable, CustomStringConvertible {
  /// A loopback of its own, and nothing else.
  case none
  /// These hosts, by a proxy that is all there is (`docs/egress.md`); needs the user's trust.
  case hosts([String])
  /// The host's network; needs the user's trust.
  case open

  package var description: String {
    switch self {
    case .none: "none"
    case .hosts(let hosts): "only " + hosts.joined(separator: ", ")
    case .open: "open"
    }
  }
}

/// The policy of a step's sandbox.
package enum PolicyChoice: Sendable, Hashable {
  case builtIn(String)
  /// A policy file, relative to the harness file's folder; needs the user's trust.
  case file(String)

  /// The names of the policies that ship with Belljar.
  package static let builtInNames = ["strict", "test", "build", "agent"]
}

/// A path that is shown although it is not in the tree, `SRC[:DST]`.
package struct HarnessInput: Sendable, Hashable {
  /// The host's path: absolute, from `~/`, or relative to the harness file's folder.
  package var source: String
  /// Where it is shown; nil for its own path.
  package var destination: String?

  package init(source: String, destination: String? = nil) {
    self.source = source
    self.destination = destination
  }

  /// Whether the path leads out of the harness file's folder, judged by its text.
  package var leavesProject: Bool { source.hasPrefix("/") || source.hasPrefix("~") || PathText.climbs(source) }
}
