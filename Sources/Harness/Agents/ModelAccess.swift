package import Egress

/// What pays for a model: a key of the user's own environment, or none. It stays outside of every sandbox.
package struct ModelAccess: Sendable {
  package let upstream: Upstream
  /// In words, such as `the API key in ANTHROPIC_API_KEY, at https://api.anthropic.com`.
  package let billed: String

  /// The variables that hold keys, the first that is set counts; `_FILE` behind a name: a file that holds the key.
  private static func variables(_ api: ModelAPI) -> [(name: String, kind: Credential.Kind)] {
    switch api {
    case .anthropic:
      [("ANTHROPIC_API_KEY", .apiKey), ("ANTHROPIC_AUTH_TOKEN", .bearer), ("CLAUDE_CODE_OAUTH_TOKEN", .bearer)]
    case .openAI: [("OPENAI_API_KEY", .apiKey), ("CODEX_API_KEY", .apiKey)]
    case .gemini: [("GEMINI_API_KEY", .apiKey), ("GOOGLE_API_KEY", .apiKey)]
    }
  }

  /// The variable by which the provider's own programs are led to another server.
  private static func baseVariable(_ api: ModelAPI) -> String {
    switch api {
    case .anthropic: "ANTHROPIC_BASE_URL"
    case .openAI: "OPENAI_BASE_URL"
    case .gemini: "GOOGLE_GEMINI_BASE_URL"
    }
  }

  /// Every variable whose value is a secret, for an agent of this kind.
  package static func secretNames(_ agent: HarnessAgent) -> [String] {
    let usual = ModelAPI.allCases.flatMap { variables($0).map(\.name) }
    return usual + (agent.key.map { $0 == HarnessAgent.noKey ? [] : [$0] } ?? [])
  }

  /// Finds what an agent's requests are paid with.
  ///
  /// - Throws: `EvaluationFault.invalid` that says which variable to set.
  package init(_ agent: HarnessAgent, _ api: ModelAPI, environment: [String: String]) throws {
    let base = agent.server ?? environment[Self.baseVariable(api)].flatMap { $0.isEmpty ? nil : $0 }
    do {
      let (credential, words) = try Self.credential(agent, api, environment)
      upstream = try Upstream(api, base: base, credential: credential)
      billed = "\(words), at \(upstream.base)"
    } catch let error as EgressError {
      throw EvaluationFault.invalid("\(agent.name): \(error)")
    }
  }

  private static func credential(
    _ agent: HarnessAgent, _ api: ModelAPI, _ environment: [String: String]
  ) throws -> (Credential, String) {
    if agent.key == HarnessAgent.noKey { return (.none, "no key") }
    let known = agent.key.map { name in [(name: name, kind: Credential.Kind.apiKey)] } ?? variables(api)
    for (name, kind) in known {
      if environment[name]?.isEmpty == false {
        return (
          try Credential(kind, from: .environment(name), environment: environment), "the \(kind.rawValue) in \(name)"
        )
      }
      if let path = environment["\(name)_FILE"], !path.isEmpty {
        return (try Credential(kind, from: .file(path)), "the \(kind.rawValue) in \(path) (\(name)_FILE)")
      }
    }
    let names = known.map(\.name).joined(separator: ", ")
    let isOwn = agent.server == nil
    throw EvaluationFault.invalid(
      "\(agent.name) (\(agent.kind.rawValue)): there is no key for the API of \(api.company); set one of \(names), or "
        + "\(known[0].name)_FILE to a file that holds it"
        + (isOwn ? ". A login that a CLI keeps for itself is not used: it never goes inside" : ", or 'key: none'"))
  }
}
