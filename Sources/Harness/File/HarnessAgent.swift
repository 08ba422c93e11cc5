package import Agents
package import Egress
package import Sandbox

/// What proposes candidates, or one step of a pipeline that does.
package struct HarnessAgent: Sendable, Hashable {
  package enum Kind: String, Sendable, CaseIterable {
    /// Any program that edits the tree it finds.
    case command
    /// Searches the values of marked parameters; needs no model.
    case tune
    /// Makes small random edits; needs no model.
    case mutate
    /// A coding agent's command line.
    case claude, codex, gemini
    /// A model that is asked directly; needs no command line.
    case model
    /// The candidates of a recorded loop once more.
    case replay

    /// Whether it is told the goal and the last tries, and so may stand in a pipeline.
    package var readsPrompt: Bool {
      switch self {
      case .command, .claude, .codex, .gemini, .model: true
      case .tune, .mutate, .replay: false
      }
    }

    /// The API that the kind speaks, where it speaks but one.
    package var usualAPI: ModelAPI? {
      switch self {
      case .claude: .anthropic
      case .codex: .openAI
      case .gemini: .gemini
      case .command, .tune, .mutate, .model, .replay: nil
      }
    }
  }

  /// What an agent knows of its tries before this one.
  package enum Context: String, Sendable, CaseIterable {
    /// Nothing but what the prompt says.
    case clean
    /// Its own session goes on, where its kind has sessions; else it is shown the end of its last trace.
    case continued
  }

  package var kind: Kind
  /// What the step is called; `agent` where it is the only one.
  package var name: String
  /// The sandbox that it works in; nil for kinds that are built in.
  package var step: HarnessStep?
  /// A file with the prompt, relative to the harness file's folder.
  package var prompt: String?
  package var model: String?
  /// Further arguments of a command line.
  package var arguments: [String] = []
  /// Whether a command speaks the JSON protocol of `docs/agents.md`.
  package var speaksProtocol = false
  /// The API that the gateway stands for; nil where there is no gateway.
  package var api: ModelAPI?
  /// How a model is asked directly.
  package var dialect: ModelDialect?
  /// Another server that speaks the API, by its base URL.
  package var server: String?
  /// The variable of the user's environment that holds the key, or `noKey`; nil for the usual one.
  package var key: String?
  /// What of the API passes beside text and tools of the agent's own.
  package var features: Set<APIFeature> = []
  package var context = Context.clean
  /// A continued context begins anew after so many tries; nil for never.
  package var checkpoint: Int?
  /// The recorded loop that is replayed.
  package var loop: String?
  /// The limits of one proposal.
  package var budget = Budget()
  /// US dollars for one proposal.
  package var cost: Double?
  package var seed: Int?

  /// What `key` says of a server that asks for none.
  package static let noKey = "none"

  package init(kind: Kind, name: String = "agent") {
    self.kind = kind
    self.name = name
  }
}

extension ModelAPI {
  /// Whose API it is.
  package var company: String {
    switch self {
    case .anthropic: "Anthropic"
    case .openAI: "OpenAI"
    case .gemini: "Google"
    }
  }
}
