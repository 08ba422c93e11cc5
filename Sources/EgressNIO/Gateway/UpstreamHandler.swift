internal import Egress
internal import NIOCore
internal import NIOHTTP1
internal import NIOTLS
internal import TLS

/// The connection to an API; its answers go to the gateway's connection that it was made for.
final class UpstreamHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPClientResponsePart
  typealias OutboundOut = HTTPClientRequestPart

  weak var gateway: GatewayHandler?
  private(set) var isReady: Bool
  private(set) var isOpen = true
  private var context: ChannelHandlerContext?
  /// When the last answer ended.
  var rested = NIODeadline.now()

  var channel: (any Channel)? { context?.channel }

  private init(isSecure: Bool) { isReady = !isSecure }

  static func lay(_ base: BaseURL, _ tls: TLSContext?, in channel: any Channel) throws {
    let pipeline = channel.pipeline.syncOperations
    if base.isSecure, let tls {
      let peer: TLSHandler.Peer =
        switch base.host {
        case .name(let host): .name(host.text)
        case .address(let address): .address(address.description)
        }
      try pipeline.addHandler(TLSHandler(tls, to: peer))
    }
    try pipeline.addHandlers([
      FlowGate(), HTTPRequestEncoder(),
      ByteToMessageHandler(HTTPResponseDecoder(informationalResponseStrategy: .drop)),
      UpstreamHandler(isSecure: base.isSecure),
    ])
  }

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }

  func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

  func send(_ exchange: Exchange) {
    guard let context else { return }
    let base = exchange.upstream.base
    var head = HTTPRequestHead(version: .http1_1, method: .POST, uri: base.path + exchange.route.path)
    head.headers = HTTPHeaders(exchange.headers)
    head.headers.replaceOrAdd(name: "host", value: base.authority)
    head.headers.replaceOrAdd(name: "content-length", value: "\(exchange.approved.body.readableBytes)")
    exchange.upstream.credential.apply(to: &head.headers, for: exchange.upstream.api)
    exchange.isSent = true
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    context.write(wrapOutboundOut(.body(.byteBuffer(exchange.approved.body))), promise: nil)
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
  }

  func close() {
    gateway = nil
    isOpen = false
    context?.close(promise: nil)
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case TLSUserEvent.handshakeCompleted = event {
      isReady = true
      gateway?.upstreamReady()
    }
    if case ChannelEvent.inputClosed = event {
      isOpen = false
      context.close(promise: nil)
    }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    // Without a request there is nothing to say; it must not be taken for the next one's answer.
    guard let gateway else { return close() }
    gateway.pass(unwrapInboundIn(data))
  }

  func channelReadComplete(context: ChannelHandlerContext) { gateway?.flush() }

  func channelInactive(context: ChannelHandlerContext) {
    isOpen = false
    gateway?.upstreamEnded("closed the connection early")
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    isOpen = false
    let why = error is HTTPParserError ? "sent no HTTP (\(error))" : "failed: \(error)"
    gateway?.upstreamEnded(why)
    context.close(promise: nil)
  }
}
