/// What may go out of a sandbox, and how much.
package struct EgressPolicy: Sendable {
  /// Whom the proxy connects to. Empty: nobody.
  package var hosts: [HostPattern]
  /// What of the APIs passes the gateway beside text and client-side tools.
  package var features: Set<APIFeature>
  package var limits = EgressLimits()

  package init(hosts: [HostPattern] = [], features: Set<APIFeature> = []) {
    self.hosts = hosts
    self.features = features
  }
}

/// Parts of the APIs that reach further than a model and the tools of the agent's own side. None passes unless it is named.
package enum APIFeature: String, Sendable, Hashable, CaseIterable {
  /// The provider searches the web.
  case webSearch = "web-search"
  /// The provider fetches pages, also those that a URL in the request names.
  case webFetch = "web-fetch"
  /// The provider runs code in containers of its own.
  case codeExecution = "code-execution"
  /// The provider connects to MCP servers, or to other remote tools.
  case remoteTools = "remote-tools"
  /// Files that lie with the provider, and documents that are sent whole.
  case files
}

/// Bounds on connections, bytes and waiting.
package struct EgressLimits: Sendable {
  /// Connections from inside at one time, for each listener; further ones wait in the kernel's queue.
  package var connections = 128
  /// Bytes of a request's body to the gateway.
  package var requestBody = 32 << 20
  /// Bytes of all bodies together that the gateway holds at one time.
  package var heldBodies = 128 << 20
  /// Bytes of one answer through the gateway.
  package var responseBody = 256 << 20
  /// How long a client may take to send a request's head, or to begin the next one on a connection.
  package var head = Duration.seconds(30)
  package var idleConnection = Duration.seconds(300)
  /// How long a client may take to send a request's body.
  package var body = Duration.seconds(120)
  /// How long a connection outwards may take, with its TLS handshake.
  package var connect = Duration.seconds(10)
  /// How long an API may be silent before and within its answer.
  package var silence = Duration.seconds(600)
  /// How long a tunnel, or a reader who doesn't read, may do nothing.
  package var idleTunnel = Duration.seconds(300)

  package init() {}
}

extension Duration {
  /// As nanoseconds, at most 292 years.
  package var nanosecondCount: Int64 {
    let (whole, over) = components.seconds.multipliedReportingOverflow(by: 1_000_000_000)
    return over ? .max : whole + components.attoseconds / 1_000_000_000
  }
}
