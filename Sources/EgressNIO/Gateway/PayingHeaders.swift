internal import Egress
internal import NIOHTTP1

extension Credential {
  /// Lays what pays for a request into its headers, in place of what came from inside.
  func apply(to headers: inout HTTPHeaders, for api: ModelAPI) {
    guard let (name, value) = header(for: api) else { return }
    headers.replaceOrAdd(name: name, value: value)
    guard kind == .bearer, api == .anthropic else { return }
    // Without it the API takes no such token.
    let betas = headers[canonicalForm: "anthropic-beta"]
    if !betas.contains("oauth-2025-04-20") { headers.add(name: "anthropic-beta", value: "oauth-2025-04-20") }
  }
}
