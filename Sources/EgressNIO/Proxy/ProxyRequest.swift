internal import Egress
internal import NIOHTTP1

/// What a client inside asks the proxy for.
struct ProxyRequest {
  let host: HostName
  let port: Int
  /// Of a plain request the path that the server gets; nil for CONNECT.
  let path: String?

  /// A request that isn't served, with the answer to it.
  struct Refusal: Error {
    let status: HTTPResponseStatus
    let reason: String
    var host = ""
    var port = 0
  }

  /// - Throws: `Refusal` where the request is malformed, or its host isn't allowed.
  init(_ head: HTTPRequestHead, policy: EgressPolicy, served: Set<HostName>) throws(Refusal) {
    let authority: Substring
    let usual: Int
    if head.method == .CONNECT {
      (authority, usual, path) = (head.uri[...], 443, nil)
    } else if head.uri.lowercased().hasPrefix("http://") {
      let rest = head.uri.dropFirst(7)
      authority = rest.prefix { $0 != "/" && $0 != "?" }
      let tail = rest.dropFirst(authority.count)
      (usual, path) = (80, tail.hasPrefix("/") ? String(tail) : "/" + tail)
    } else {
      throw Refusal(
        status: .badRequest,
        reason: "this is a proxy: it takes CONNECT for https, and http://HOST/PATH; '\(head.uri.prefix(80))' is neither"
      )
    }
    let parts = authority.split(separator: ":", omittingEmptySubsequences: false)
    var number = usual
    var name = String(authority)
    if !authority.hasPrefix("["), parts.count == 2 {
      guard let written = Int(parts[1]), (1...65535).contains(written) else {
        throw Refusal(status: .badRequest, reason: "'\(authority)' has no port", host: name)
      }
      (name, number) = (String(parts[0]), written)
    }
    port = number
    do {
      host = try HostName(name)
    } catch {
      let why = error == .address ? "an address: only names are allowed" : "no host's name"
      throw Refusal(status: .forbidden, reason: "'\(name.prefix(80))' is \(why)", host: name, port: number)
    }
    if served.contains(host) {
      throw Refusal(
        status: .forbidden,
        reason: "\(host) is reached through the gateway only; use the base URL that the environment names",
        host: name, port: number)
    }
    let (asked, wanted) = (host, number)
    guard policy.hosts.contains(where: { $0.allows(asked, port: wanted, usual: usual) }) else {
      let list = policy.hosts.map(\.description).joined(separator: ", ")
      throw Refusal(
        status: .forbidden,
        reason: "\(host) port \(number) is not allowed here; allowed: \(list.isEmpty ? "nothing" : list)", host: name,
        port: number)
    }
    guard path != nil else { return }
    try Self.checkPlain(head, authority: String(authority), host: host, port: number)
  }

  /// A plain request must mean one host, and have one length.
  private static func checkPlain(
    _ head: HTTPRequestHead, authority: String, host: HostName, port: Int
  ) throws(Refusal) {
    func wrong(_ reason: String) -> Refusal {
      Refusal(status: .badRequest, reason: reason, host: host.text, port: port)
    }
    let hosts = head.headers[canonicalForm: "host"]
    guard hosts.count <= 1, hosts.allSatisfy({ $0.lowercased() == authority.lowercased() }) else {
      throw wrong("the Host header doesn't say \(authority)")
    }
    if let fault = Framing.fault(of: head.headers) { throw wrong(fault) }
  }
}

/// How long a message is must be said once (RFC 9112, section 6.3); all else is how requests are smuggled.
enum Framing {
  static func fault(of headers: HTTPHeaders) -> String? {
    let lengths = headers["content-length"]
    let codings = headers["transfer-encoding"]
    if !lengths.isEmpty, !codings.isEmpty { return "both Content-Length and Transfer-Encoding" }
    if lengths.count > 1 { return "more than one Content-Length" }
    if let length = lengths.first, Int(length) == nil || length.utf8.contains(where: { !(0x30...0x39).contains($0) }) {
      return "a Content-Length that is no number"
    }
    if codings.count > 1 || codings.contains(where: { $0.lowercased() != "chunked" }) {
      return "a Transfer-Encoding other than chunked"
    }
    return nil
  }

  /// Headers that are for the next hop alone (RFC 9110, section 7.6.1), without what says the message's length.
  static func withoutHops(_ headers: HTTPHeaders) -> HTTPHeaders {
    var kept = headers
    for listed in headers[canonicalForm: "connection"]
    where !["content-length", "transfer-encoding", "host"].contains(listed.lowercased()) {
      kept.remove(name: String(listed))
    }
    for name in [
      "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer",
      "upgrade",
    ] {
      kept.remove(name: name)
    }
    return kept
  }
}
