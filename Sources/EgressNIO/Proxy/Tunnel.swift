internal import Egress
internal import NIOCore

/// A CONNECT that was granted: two connections joined, watched, and logged once at their end.
final class Tunnel {
  private var record: EgressRecord?
  private let inner: FlowGate
  private let limits: EgressLimits
  private let log: @Sendable (EgressRecord) -> Void
  private var watching: RepeatedTask?

  init(
    record: EgressRecord, inner: FlowGate, limits: EgressLimits, log: @escaping @Sendable (EgressRecord) -> Void
  ) {
    self.record = record
    self.inner = inner
    self.limits = limits
    self.log = log
  }

  /// Ends the tunnel where neither side has done anything for long.
  func watch(_ client: any Channel, _ server: any Channel, _ near: FlowGate, _ far: FlowGate) {
    let idle = TimeAmount.nanoseconds(limits.idleTunnel.nanosecondCount)
    let held = NIOLoopBound((self, near, far), eventLoop: client.eventLoop)
    watching = client.eventLoop.scheduleRepeatedTask(initialDelay: idle, delay: .nanoseconds(idle.nanoseconds / 4 + 1))
    { _ in
      let (tunnel, near, far) = held.value
      guard max(near.active, far.active) + idle <= .now() else { return }
      tunnel.end(.failed("nothing was sent for \(tunnel.limits.idleTunnel)"))
      client.close(promise: nil)
      server.close(promise: nil)
    }
  }

  /// Logs what became of it, the first time that it is told.
  func end(_ verdict: EgressRecord.Verdict) {
    watching?.cancel()
    guard var done = record else { return }
    record = nil
    done.verdict = verdict
    if verdict == .allowed { done.status = 200 }
    done.sent = inner.received
    done.received = inner.sent
    log(done)
  }
}

/// One end of a tunnel.
final class RelayHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  weak var partner: RelayHandler?
  private let tunnel: Tunnel
  private var context: ChannelHandlerContext?

  init(_ tunnel: Tunnel) { self.tunnel = tunnel }

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }

  func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) { partner?.context?.write(data, promise: nil) }

  func channelReadComplete(context: ChannelHandlerContext) { partner?.context?.flush() }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    // The other direction may go on.
    if case ChannelEvent.inputClosed = event { partner?.context?.close(mode: .output, promise: nil) }
  }

  func channelInactive(context: ChannelHandlerContext) {
    partner?.context?.close(promise: nil)
    tunnel.end(.allowed)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

/// Holds a tunnel's first bytes back until they say that they are TLS for the very host that was asked for.
final class HelloHandler: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let host: HostName
  private let limit: Duration
  private let tunnel: Tunnel
  private var bytes: [UInt8] = []
  private var needed = 1
  private var timer: Scheduled<Void>?
  private var isRefused = false

  init(host: HostName, limit: Duration, tunnel: Tunnel) {
    self.host = host
    self.limit = limit
    self.tunnel = tunnel
  }

  func handlerAdded(context: ChannelHandlerContext) {
    timer = context.eventLoop.assumeIsolated().scheduleTask(in: .nanoseconds(limit.nanosecondCount)) { [weak self] in
      self?.refuse("no TLS hello in \(self?.limit ?? .zero)", context)
    }
  }

  func handlerRemoved(context: ChannelHandlerContext) { timer?.cancel() }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !isRefused else { return }
    bytes.append(contentsOf: unwrapInboundIn(data).readableBytesView)
    guard bytes.count >= needed else { return }
    switch ClientHello.read(bytes) {
    case .unfinished(let count): needed = count
    case .notTLS: refuse("what is sent through the tunnel is not TLS", context)
    case .hello(_, isEncrypted: true): refuse("the TLS hello is encrypted, so its server can't be known", context)
    case .hello(nil, _): refuse("the TLS hello names no server", context)
    case .hello(let name?, _):
      guard (try? HostName(name)) == host else {
        return refuse("the TLS hello names '\(name.prefix(80))', CONNECT named \(host)", context)
      }
      context.fireChannelRead(wrapInboundOut(ByteBuffer(bytes: bytes)))
      context.fireChannelReadComplete()
      context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
    }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case ChannelEvent.inputClosed = event { return refuse("closed before its TLS hello", context) }
    context.fireUserInboundEventTriggered(event)
  }

  private func refuse(_ why: String, _ context: ChannelHandlerContext) {
    guard !isRefused else { return }
    isRefused = true
    bytes = []
    tunnel.end(.refused(why))
    // A fatal alert, access_denied.
    let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
    context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: [21, 3, 1, 0, 2, 2, 49]))).whenComplete { _ in
      bound.value.close(promise: nil)
    }
  }
}
