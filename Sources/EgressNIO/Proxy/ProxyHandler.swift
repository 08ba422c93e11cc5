internal import Egress
internal import NIOCore
internal import NIOHTTP1

/// One connection to the proxy: one request, judged, then a tunnel or one exchange of plain HTTP.
final class ProxyHandler: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private enum State {
    case waiting
    case connecting
    case forwarding(any Channel)
    /// Answered; what still comes is thrown away.
    case lingering
  }

  private let door: DoorContext
  private let gate: FlowGate
  private let encoder: HTTPResponseEncoder
  private let decoder: ByteToMessageHandler<HTTPRequestDecoder>
  private var state = State.waiting
  private var isWhole = false
  private var record: EgressRecord?
  private var timer: Scheduled<Void>?
  /// What came with the head while there is no connection yet: at most one read's worth.
  private var early: [HTTPClientRequestPart] = []

  private init(_ door: DoorContext) {
    self.door = door
    gate = FlowGate()
    encoder = HTTPResponseEncoder()
    var limits = NIOHTTPDecoderLimitConfiguration()
    limits.maxHeaderFieldSize = 16 << 10
    limits.maxHeaderListSize = 64 << 10
    decoder = ByteToMessageHandler(
      HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: limits),
      maximumBufferSize: 128 << 10)
  }

  /// Lays the handlers of a connection.
  static func lay(_ door: DoorContext, in channel: any Channel) throws {
    let handler = ProxyHandler(door)
    try channel.pipeline.syncOperations.addHandlers([handler.gate, handler.encoder, handler.decoder, handler])
  }

  func handlerAdded(context: ChannelHandlerContext) { arm(context, door.policy.limits.head) }

  func handlerRemoved(context: ChannelHandlerContext) { timer?.cancel() }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    // One request a connection: a second one is not looked at.
    guard !isWhole else { return }
    let part = unwrapInboundIn(data)
    if case .end = part { isWhole = true }
    switch (part, state) {
    case (.head(let head), .waiting): begin(head, context)
    case (.body(let bytes), .connecting): early.append(.body(.byteBuffer(bytes)))
    case (.end, .connecting): early.append(.end(nil))
    case (.body(let bytes), .forwarding(let server)):
      server.write(HTTPClientRequestPart.body(.byteBuffer(bytes)), promise: nil)
    case (.end, .forwarding(let server)): server.write(HTTPClientRequestPart.end(nil), promise: nil)
    case (_, _): break
    }
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    if case .forwarding(let server) = state { server.flush() }
  }

  func channelInactive(context: ChannelHandlerContext) {
    timer?.cancel()
    if case .forwarding(let server) = state { server.close(promise: nil) }
    finish(.failed("the client went away"))
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    // Half closed before it has asked, or with its answer in hand: it is done.
    if case ChannelEvent.inputClosed = event, !isBusy { context.close(promise: nil) }
  }

  private var isBusy: Bool {
    switch state {
    case .connecting, .forwarding: true
    case .waiting, .lingering: false
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    if case .waiting = state, error is HTTPParserError || error is ByteToMessageDecoderError {
      return refuse(.init(status: .badRequest, reason: "this is no HTTP request (\(error))"), context)
    }
    // What comes after the one request may be anything.
    if !isWhole || !(error is HTTPParserError) { context.close(promise: nil) }
  }

  // MARK: - The request

  private func begin(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
    let request: ProxyRequest
    do {
      request = try ProxyRequest(head, policy: door.policy, served: door.served)
    } catch {
      record = EgressRecord(.proxy, host: error.host, port: error.port, method: head.method.rawValue)
      return refuse(error, context)
    }
    record = EgressRecord(.proxy, host: request.host.text, port: request.port, method: head.method.rawValue)
    state = .connecting
    gate.isHeld = true
    arm(context, door.policy.limits.connect * 5)
    let isTunnel = request.path == nil
    let limits = door.policy.limits
    let connected = door.dialer.connect(
      to: request.host, port: request.port, allowsPrivate: false, on: context.eventLoop
    ) { channel in
      channel.eventLoop.makeCompletedFuture {
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(FlowGate())
        if isTunnel { return }
        try pipeline.addHandlers(HTTPRequestEncoder(), ByteToMessageHandler(HTTPResponseDecoder()))
      }
    }
    connected.assumeIsolated().whenComplete { [self] result in
      switch result {
      case .success(let server):
        guard context.channel.isActive, case .connecting = state else { return server.close(promise: nil) }
        do {
          if isTunnel {
            try openTunnel(to: request, server, context)
          } else {
            try forward(head, request, server, limits, context)
          }
        } catch {
          server.close(promise: nil)
          context.close(promise: nil)
        }
      case .failure(let error):
        guard context.channel.isActive else { return }
        if case DialError.notPublic(let why) = error {
          refuse(.init(status: .forbidden, reason: why), context)
        } else {
          answer(.init(status: .badGateway, reason: "\(error)"), context, .failed("\(error)"))
        }
      }
    }
  }

  /// From here on the connection is bytes both ways, once the hello has said the same name.
  private func openTunnel(to request: ProxyRequest, _ server: any Channel, _ context: ChannelHandlerContext) throws {
    let pipeline = context.pipeline.syncOperations
    let outer = try server.pipeline.syncOperations.handler(type: FlowGate.self)
    let tunnel = Tunnel(
      record: record ?? EgressRecord(.proxy, host: request.host.text, port: request.port, method: "CONNECT"),
      inner: gate, limits: door.policy.limits, log: door.log)
    record = nil
    let near = RelayHandler(tunnel)
    let far = RelayHandler(tunnel)
    (near.partner, far.partner) = (far, near)
    try server.pipeline.syncOperations.addHandler(far)
    let hello = HelloHandler(host: request.host, limit: door.policy.limits.head, tunnel: tunnel)
    try pipeline.addHandlers([hello, near], position: .after(self))
    FlowGate.couple(gate, outer)
    tunnel.watch(context.channel, server, gate, outer)
    pipeline.removeHandler(encoder, promise: nil)
    context.writeAndFlush(NIOAny(ByteBuffer(string: "HTTP/1.1 200 Connection established\r\n\r\n")), promise: nil)
    pipeline.removeHandler(self, promise: nil)
    // Last, because it hands on what it had not parsed.
    pipeline.removeHandler(decoder, promise: nil)
    gate.isHeld = false
  }

  private func forward(
    _ head: HTTPRequestHead, _ request: ProxyRequest, _ server: any Channel, _ limits: EgressLimits,
    _ context: ChannelHandlerContext
  ) throws {
    let outer = try server.pipeline.syncOperations.handler(type: FlowGate.self)
    try server.pipeline.syncOperations.addHandler(PlainAnswerHandler(self, context))
    FlowGate.couple(gate, outer)
    var sent = HTTPRequestHead(version: .http1_1, method: head.method, uri: request.path ?? "/")
    sent.headers = Framing.withoutHops(head.headers)
    sent.headers.replaceOrAdd(
      name: "host", value: request.port == 80 ? request.host.text : "\(request.host):\(request.port)")
    sent.headers.add(name: "connection", value: "close")
    state = .forwarding(server)
    arm(context, limits.silence)
    server.write(HTTPClientRequestPart.head(sent), promise: nil)
    for part in early { server.write(part, promise: nil) }
    early = []
    server.flush()
    gate.isHeld = false
  }

  // MARK: - The answer

  /// The server's answer, part by part.
  func pass(_ part: HTTPClientResponsePart, _ context: ChannelHandlerContext) {
    guard case .forwarding = state else { return }
    arm(context, door.policy.limits.silence)
    switch part {
    case .head(var head):
      record?.status = Int(head.status.code)
      head.headers = Framing.withoutHops(head.headers)
      head.headers.add(name: "connection", value: "close")
      context.write(wrapOutboundOut(.head(head)), promise: nil)
    case .body(let bytes): context.write(wrapOutboundOut(.body(.byteBuffer(bytes))), promise: nil)
    case .end:
      context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
      if case .forwarding(let server) = state { server.close(promise: nil) }
      finish(.allowed)
      linger(context)
    }
  }

  /// The server's connection has ended.
  func serverEnded(_ why: String, _ context: ChannelHandlerContext) {
    guard case .forwarding = state else { return }
    if record?.status == 0 {
      answer(.init(status: .badGateway, reason: "the server \(why)"), context, .failed(why))
    } else {
      finish(.failed(why))
      // The client must see that the answer isn't whole.
      context.close(promise: nil)
    }
  }

  private func refuse(_ refusal: ProxyRequest.Refusal, _ context: ChannelHandlerContext) {
    if record == nil { record = EgressRecord(.proxy, host: "", port: 0, method: "") }
    answer(refusal, context, .refused(refusal.reason))
  }

  private func answer(
    _ refusal: ProxyRequest.Refusal, _ context: ChannelHandlerContext, _ verdict: EgressRecord.Verdict
  ) {
    let text = ByteBuffer(string: "belljar: \(EgressRecord.shown(refusal.reason))\n")
    let headers: HTTPHeaders = [
      "content-type": "text/plain; charset=utf-8", "content-length": "\(text.readableBytes)", "connection": "close",
    ]
    context.write(
      wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: refusal.status, headers: headers))),
      promise: nil)
    context.write(wrapOutboundOut(.body(.byteBuffer(text))), promise: nil)
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    record?.status = Int(refusal.status.code)
    finish(verdict)
    linger(context)
  }

  /// Closed while bytes are unread, the kernel would reset the connection and the answer be lost.
  private func linger(_ context: ChannelHandlerContext) {
    state = .lingering
    early = []
    gate.uncouple()
    gate.isHeld = false
    arm(context, .seconds(2))
    context.close(mode: .output, promise: nil)
  }

  private func finish(_ verdict: EgressRecord.Verdict) {
    guard var done = record else { return }
    record = nil
    done.verdict = verdict
    done.sent = gate.received
    done.received = gate.sent
    door.log(done)
  }

  private func arm(_ context: ChannelHandlerContext, _ limit: Duration) {
    timer?.cancel()
    timer = context.eventLoop.assumeIsolated().scheduleTask(in: .nanoseconds(limit.nanosecondCount)) { [weak self] in
      self?.finish(.failed("no progress in \(limit)"))
      self?.state = .lingering
      context.close(promise: nil)
    }
  }
}

/// The server's side of a plain exchange.
private final class PlainAnswerHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPClientResponsePart
  typealias OutboundOut = HTTPClientRequestPart

  private let client: ProxyHandler
  private let clientContext: ChannelHandlerContext

  init(_ client: ProxyHandler, _ context: ChannelHandlerContext) {
    self.client = client
    clientContext = context
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) { client.pass(unwrapInboundIn(data), clientContext) }

  func channelReadComplete(context: ChannelHandlerContext) { clientContext.flush() }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case ChannelEvent.inputClosed = event { context.close(promise: nil) }
  }

  func channelInactive(context: ChannelHandlerContext) {
    client.serverEnded("closed the connection before its answer was whole", clientContext)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    client.serverEnded("sent no HTTP (\(error))", clientContext)
    context.close(promise: nil)
  }
}
