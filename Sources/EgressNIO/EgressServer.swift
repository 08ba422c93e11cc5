package import Egress
internal import Glibc
internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// Serves a sandbox's doors over SwiftNIO: a few threads for any number of connections.
package final class EgressServer: EgressServing {
  private struct Running {
    var group: MultiThreadedEventLoopGroup
    var pools: [NIOThreadPool]
    var gateway: GatewayContext?
    var listeners: [any Channel] = []
    var connections: [ObjectIdentifier: any Channel] = [:]
  }

  private let policy: EgressPolicy
  private let gateway: EgressGateway?
  private let network: EgressNetwork
  private let log: @Sendable (EgressRecord) -> Void
  private let running = Mutex<Running?>(nil)

  /// - Parameter log: Told of each request when it has ended, on a thread of the server's.
  package init(
    policy: EgressPolicy, gateway: EgressGateway? = nil, network: EgressNetwork = EgressNetwork(),
    log: @escaping @Sendable (EgressRecord) -> Void = { _ in }
  ) {
    self.policy = policy
    self.gateway = gateway
    self.network = network
    self.log = log
  }

  deinit { stop() }

  package func start(proxy: Int32? = nil, gateway gatewaySocket: Int32? = nil) throws {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
    // Names are resolved apart: a silent name server must not hold up what the gateway decides.
    let pools = [NIOThreadPool(numberOfThreads: 4), NIOThreadPool(numberOfThreads: 2)]
    for pool in pools { pool.start() }
    let isFirst = running.withLock { running in
      guard running == nil else { return false }
      running = Running(group: group, pools: pools)
      return true
    }
    guard isFirst else {
      try? group.syncShutdownGracefully()
      for pool in pools { try? pool.syncShutdownGracefully() }
      throw EgressError("start", "the proxy and the gateway", "they are running already")
    }
    do {
      let served = (gateway?.upstreams ?? []).compactMap { upstream in
        if case .name(let name) = upstream.base.host { name } else { nil }
      }
      let dialer = Dialer(
        network: network, threads: pools[0], limit: .nanoseconds(policy.limits.connect.nanosecondCount))
      let door = DoorContext(policy: policy, served: Set(served), dialer: dialer, log: log)
      if let proxy {
        try listen(proxy, group, halfCloses: true) { channel in try ProxyHandler.lay(door, in: channel) }
      }
      if let gateway {
        let shared = try GatewayContext(
          door: door, upstreams: gateway.upstreams, account: gateway.account,
          share: gateway.share ?? gateway.account.usual, prices: gateway.prices, pass: gateway.pass, threads: pools[1],
          loops: Array(group.makeIterator()))
        running.withLock { $0?.gateway = shared }
        if let gatewaySocket {
          try listen(gatewaySocket, group, halfCloses: false) { channel in try GatewayHandler.lay(shared, in: channel) }
        }
      } else if let gatewaySocket {
        close(gatewaySocket)
        throw EgressError("serve", "the gateway", "no API is named that it could stand for")
      }
    } catch {
      stop()
      throw error
    }
  }

  private func listen(
    _ socket: Int32, _ group: MultiThreadedEventLoopGroup, halfCloses: Bool,
    _ lay: @escaping @Sendable (any Channel) throws -> Void
  ) throws {
    let most = policy.limits.connections
    let bootstrap = ServerBootstrap(group: group)
      .serverChannelOption(.maxMessagesPerRead, value: 1)
      .serverChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(AcceptGate(most: most)) }
      }
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      .childChannelOption(.allowRemoteHalfClosure, value: halfCloses)
      .childChannelOption(.writeBufferWaterMark, value: FlowGate.waterMark)
      .childChannelOption(.recvAllocator, value: FlowGate.allocator)
      .childChannelInitializer { [weak self] channel in
        channel.eventLoop.makeCompletedFuture {
          try lay(channel)
          self?.track(channel)
        }
      }
    let listener: any Channel
    do {
      listener = try bootstrap.withBoundSocket(socket).wait()
    } catch {
      throw EgressError("listen on", "descriptor \(socket)", "\(error)")
    }
    running.withLock { $0?.listeners.append(listener) }
  }

  /// Over a pair of sockets that no path and no port leads to.
  package func ask(_ call: ModelClient.Call) throws -> ModelClient.Answer {
    let found = running.withLock { running in running.flatMap { run in run.gateway.map { (run.group, $0) } } }
    guard let (group, gateway) = found else {
      throw EgressError("connect to", "the gateway", "it isn't running, or no API is named that it could stand for")
    }
    var ends: [Int32] = [-1, -1]
    guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
      throw EgressError("make", "a pair of sockets", errno: errno)
    }
    let answer = group.next().makePromise(of: ModelClient.Answer.self)
    let lays: [@Sendable (any Channel) throws -> Void] = [
      { channel in try GatewayHandler.lay(gateway, in: channel) },
      { [pass = gateway.pass] channel in try ClientCallHandler.lay(call, pass: pass, answer, in: channel) },
    ]
    for (index, lay) in lays.enumerated() {
      let bootstrap = ClientBootstrap(group: group)
        .channelOption(.writeBufferWaterMark, value: FlowGate.waterMark)
        .channelOption(.recvAllocator, value: FlowGate.allocator)
        .channelInitializer { [weak self] channel in
          channel.eventLoop.makeCompletedFuture {
            try lay(channel)
            self?.track(channel)
          }
        }
      do {
        _ = try bootstrap.withConnectedSocket(ends[index]).wait()
      } catch {
        if index == 0 { close(ends[1]) }
        let failure = EgressError("connect to", "the gateway", "\(error)")
        answer.fail(failure)
        throw failure
      }
    }
    return try answer.futureResult.wait()
  }

  private func track(_ channel: any Channel) {
    let id = ObjectIdentifier(channel)
    let isWanted = running.withLock { running in
      guard running != nil else { return false }
      running?.connections[id] = channel
      return true
    }
    guard isWanted else { return channel.close(promise: nil) }
    channel.closeFuture.whenComplete { [weak self] _ in
      self?.running.withLock { $0?.connections[id] = nil }
    }
  }

  package func stop() {
    let ended = running.withLock { running in
      defer { running = nil }
      return running
    }
    guard let ended else { return }
    for channel in ended.listeners + ended.connections.values {
      channel.close(promise: nil)
      // An error only says that it was closed already.
      try? channel.closeFuture.wait()
    }
    // The threads before the loops, so that what they still do finds its loop.
    for pool in ended.pools { try? pool.syncShutdownGracefully() }
    try? ended.group.syncShutdownGracefully()
  }
}
