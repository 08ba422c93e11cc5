/// What an API is paid with. It is never printed, and never goes inside.
package struct Credential: Sendable, CustomStringConvertible {
  package enum Kind: String, Sendable, Hashable {
    case apiKey = "API key"
    /// Such as CLAUDE_CODE_OAUTH_TOKEN: a subscription is billed.
    case bearer = "bearer token"
    case none
  }

  /// Where a key is found.
  package enum Source: Sendable, Hashable {
    case value(String)
    /// A file that holds nothing else.
    case file(String)
    /// A variable of the environment that is given.
    case environment(String)
  }

  package let kind: Kind
  private let secret: String

  /// For a server that asks for none.
  package static let none = Credential()

  private init() {
    kind = .none
    secret = ""
  }

  /// - Throws: `EgressError` where there is no key, or one that can't stand in a header. The error never holds it.
  package init(_ kind: Kind, from source: Source, environment: [String: String] = [:]) throws {
    self.kind = kind
    let found: String
    let place: String
    switch source {
    case .value(let text): (found, place) = (text, "the value")
    case .file(let path):
      (found, place) = (String(decoding: try SmallFile.contents(path, most: 64 << 10), as: UTF8.self), path)
    case .environment(let name): (found, place) = (environment[name] ?? "", "$\(name)")
    }
    let bytes = found.utf8.drop { $0 <= 32 }.reversed().drop { $0 <= 32 }.reversed()
    guard !bytes.isEmpty else { throw EgressError("read the \(kind.rawValue) from", place, "it is empty or not there") }
    guard bytes.allSatisfy({ (33...126).contains($0) }) else {
      throw EgressError("read the \(kind.rawValue) from", place, "it has characters that no key has")
    }
    secret = String(decoding: Array(bytes), as: UTF8.self)
  }

  package var description: String { "\(kind.rawValue) (not shown)" }

  /// The header that pays for a request; nil where none is asked for.
  package func header(for api: ModelAPI) -> (name: String, value: String)? {
    switch (kind, api) {
    case (.none, _): nil
    case (.apiKey, .anthropic): ("x-api-key", secret)
    case (.apiKey, .gemini): ("x-goog-api-key", secret)
    case (.apiKey, .openAI), (.bearer, _): ("authorization", "Bearer \(secret)")
    }
  }
}
