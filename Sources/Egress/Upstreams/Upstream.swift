/// The APIs that the gateway speaks.
package enum ModelAPI: String, Sendable, Hashable, CaseIterable {
  /// Messages: `POST /v1/messages`, `/v1/messages/count_tokens`.
  case anthropic
  /// Responses and Chat Completions: `POST /v1/responses`, `/v1/chat/completions`. Also of every compatible server.
  case openAI = "openai"
  /// `POST /v1beta/models/MODEL:generateContent`, `:streamGenerateContent`, `:countTokens`.
  case gemini

  package var usualBase: String {
    switch self {
    case .anthropic: "https://api.anthropic.com"
    case .openAI: "https://api.openai.com/v1"
    case .gemini: "https://generativelanguage.googleapis.com"
    }
  }
}

/// An API that the gateway stands for: where it is, and what is billed.
package struct Upstream: Sendable {
  package let api: ModelAPI
  package let base: BaseURL
  package let credential: Credential

  /// - Parameter base: Such as `https://api.openai.com/v1` or `http://localhost:11434/v1`; the API's own where there is none.
  /// - Throws: `EgressError` where the URL isn't one.
  package init(_ api: ModelAPI, base: String? = nil, credential: Credential) throws {
    self.api = api
    self.base = try BaseURL(base ?? api.usualBase)
    self.credential = credential
  }
}

/// `http` or `https`, a host, a port, and a path before every request's.
package struct BaseURL: Sendable, Hashable, CustomStringConvertible {
  package enum Host: Sendable, Hashable {
    case name(HostName)
    case address(IPAddress)
  }

  package let isSecure: Bool
  package let host: Host
  package let port: Int
  package let path: String

  package init(_ text: String) throws {
    func wrong(_ why: String) -> EgressError {
      EgressError("use the base URL", text, "\(why); write it like https://api.example.com/v1")
    }
    let rest: Substring
    if text.hasPrefix("https://") {
      (isSecure, rest) = (true, text.dropFirst(8))
    } else if text.hasPrefix("http://") {
      (isSecure, rest) = (false, text.dropFirst(7))
    } else {
      throw wrong("it must begin with http:// or https://")
    }
    guard !rest.contains(where: { "@?#% \\".contains($0) }) else { throw wrong("only a host and a path can be named") }
    let authority = rest.prefix { $0 != "/" }
    var tail = rest.dropFirst(authority.count)
    while tail.hasSuffix("/") { tail = tail.dropLast() }
    path = String(tail)
    var name = authority
    var number = isSecure ? 443 : 80
    let hasPort = authority.hasPrefix("[") ? authority.contains("]:") : authority.contains(":")
    if hasPort, let colon = authority.lastIndex(of: ":") {
      guard let written = Int(authority[authority.index(after: colon)...]), (1...65535).contains(written) else {
        throw wrong("its port is no number from 1 to 65535")
      }
      (name, number) = (authority[..<colon], written)
    }
    port = number
    if let address = IPAddress(String(name.hasPrefix("[") ? name.dropFirst().dropLast() : name)) {
      host = .address(address)
    } else {
      do { host = .name(try HostName(name)) } catch { throw wrong("its host is none") }
    }
  }

  package var hostText: String {
    switch host {
    case .name(let name): name.text
    case .address(let address): address.isVersion4 ? "\(address)" : "[\(address)]"
    }
  }

  /// As the Host header has it.
  package var authority: String { port == (isSecure ? 443 : 80) ? hostText : "\(hostText):\(port)" }

  package var description: String { "\(isSecure ? "https" : "http")://\(authority)\(path)" }
}
