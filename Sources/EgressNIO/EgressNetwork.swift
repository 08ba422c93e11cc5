package import Egress
internal import NIOCore
internal import NIOPosix

/// How the way out is found: who resolves names, and where an address is reached.
package struct EgressNetwork: Sendable {
  package var resolver: any NameResolver
  /// Where an address that has passed the rules is really connected to. Itself, but in tests, whose stand-ins live on loopback
  /// behind public addresses.
  package var route: @Sendable (_ address: IPAddress, _ port: Int) -> (address: IPAddress, port: Int)
  /// A PEM file of the authorities that are trusted; the machine's own where there is none.
  package var authorities: String?

  package init(
    resolver: any NameResolver = SystemResolver(),
    route: @escaping @Sendable (IPAddress, Int) -> (address: IPAddress, port: Int) = { ($0, $1) },
    authorities: String? = nil
  ) {
    self.resolver = resolver
    self.route = route
    self.authorities = authorities
  }
}

/// Connects outwards. A name is resolved once and connected to at the very addresses that were checked.
struct Dialer: Sendable {
  let network: EgressNetwork
  let threads: NIOThreadPool
  let limit: TimeAmount

  /// - Parameter allowsPrivate: For what the user has named, such as a model's server on the same machine; never for what
  ///   comes from inside.
  func connect(
    to host: HostName, port: Int, allowsPrivate: Bool, on loop: any EventLoop,
    _ initializer: @escaping @Sendable (any Channel) -> EventLoopFuture<Void>
  ) -> EventLoopFuture<any Channel> {
    let resolver = network.resolver
    return threads.runIfActive(eventLoop: loop) {
      let found: [IPAddress]
      do {
        found = try resolver.addresses(of: host)
      } catch {
        throw DialError.unresolved("\(host): \(error)")
      }
      let reachable = allowsPrivate ? found : found.filter(\.isPublic)
      guard !reachable.isEmpty else {
        throw DialError.notPublic(
          "\(host) has only addresses that are not public (\(found.prefix(4).map(\.description).joined(separator: ", ")))"
        )
      }
      return Array(reachable.prefix(4))
    }.flatMap { addresses in connect(to: addresses[...], port: port, on: loop, initializer) }
  }

  /// Tries the addresses in turn.
  func connect(
    to addresses: ArraySlice<IPAddress>, port: Int, on loop: any EventLoop,
    _ initializer: @escaping @Sendable (any Channel) -> EventLoopFuture<Void>
  ) -> EventLoopFuture<any Channel> {
    guard let first = addresses.first else {
      return loop.makeFailedFuture(DialError.unreachable("no address to connect to"))
    }
    let (address, number) = network.route(first, port)
    let target: SocketAddress
    do {
      target = try address.socketAddress(port: number)
    } catch {
      return loop.makeFailedFuture(DialError.unreachable("\(address): \(error)"))
    }
    let attempt = ClientBootstrap(group: loop)
      .connectTimeout(limit)
      .channelOption(.tcpOption(.tcp_nodelay), value: 1)
      .channelOption(.allowRemoteHalfClosure, value: true)
      .channelOption(.writeBufferWaterMark, value: FlowGate.waterMark)
      .channelOption(.recvAllocator, value: FlowGate.allocator)
      .channelInitializer(initializer)
      .connect(to: target)
    return attempt.flatMapError { error in
      if addresses.count > 1 { return connect(to: addresses.dropFirst(), port: port, on: loop, initializer) }
      return loop.makeFailedFuture(DialError.unreachable("\(first) port \(port): \(Self.text(error))"))
    }
  }

  private static func text(_ error: any Error) -> String {
    if case ChannelError.connectTimeout = error { return "no answer in time" }
    if let failure = error as? IOError { return String(describing: failure) }
    return "\(error)"
  }
}

/// Why there is no connection.
enum DialError: Error, CustomStringConvertible {
  case unresolved(String)
  case notPublic(String)
  case unreachable(String)

  var description: String {
    switch self {
    case .unresolved(let text), .notPublic(let text), .unreachable(let text): text
    }
  }
}
