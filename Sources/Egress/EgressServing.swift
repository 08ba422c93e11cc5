/// What the gateway of a sandbox's door stands for.
package struct EgressGateway: Sendable {
  package var upstreams: [Upstream]
  package var account: SpendAccount
  /// Who pays of that account; nil for its usual share.
  package var share: SpendAccount.Share?
  package var prices: PriceTable
  /// The worthless key that goes inside; requests without it are refused. nil: none is asked for.
  package var pass: String?

  package init(
    upstreams: [Upstream], account: SpendAccount, share: SpendAccount.Share? = nil, prices: PriceTable,
    pass: String? = nil
  ) {
    self.upstreams = upstreams
    self.account = account
    self.share = share
    self.prices = prices
    self.pass = pass
  }
}

/// What serves a sandbox's one door from outside: a proxy for allowed hosts, and a gateway that stands for model APIs.
///
/// Both listen on sockets that are given to it: made inside the sandbox's network namespace, so that nothing else is reachable
/// there. Nothing of it runs, and no thread is there, before `start`.
package protocol EgressServing: AnyObject, Sendable {
  /// Begins to serve. Blocks for a moment.
  ///
  /// - Parameters:
  ///   - proxy: A bound TCP socket for the proxy, which becomes the server's own.
  ///   - gateway: One for the gateway.
  /// - Throws: `EgressError`; the sockets are closed then too.
  func start(proxy: Int32?, gateway: Int32?) throws

  /// Asks the gateway from this process itself. Blocks until the answer is whole.
  ///
  /// - Throws: `ModelClient.Failure`; `EgressError` where the server doesn't run, or stands for no API.
  func ask(_ call: ModelClient.Call) throws -> ModelClient.Answer

  /// Ends all connections, charges what they leave open, and ends the threads. Blocks until that is done.
  func stop()
}

/// Makes servers. Who evaluates is given it by the program, so that nothing between knows how the network is served.
///
/// - Parameter log: Told of each request when it has ended, on a thread of the server's.
package typealias EgressServers =
  @Sendable (
    _ policy: EgressPolicy, _ gateway: EgressGateway?, _ log: @escaping @Sendable (EgressRecord) -> Void
  ) -> any EgressServing
