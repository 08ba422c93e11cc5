internal import Egress
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix

/// One connection to the gateway: requests one after another, each read whole, checked, paid for, forwarded, and its answer
/// passed on as it comes.
final class GatewayHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private enum State {
    case waiting
    case reading(HTTPRequestHead, Route, Upstream, ByteBuffer)
    case deciding
    case forwarding(Exchange)
    /// The answer is whole, and its cost is being written down.
    case settling
    /// Answered for the last time; what still comes is thrown away.
    case lingering
  }

  private let shared: GatewayContext
  private let gate: FlowGate
  private let loop: any EventLoop
  private let spare: SpareUpstream?
  private var state = State.waiting
  private var record: EgressRecord?
  private var context: ChannelHandlerContext?
  private var timer: Scheduled<Void>?
  /// When patience ends, and when the timer that looks for it comes: that one is left where it is while pieces of an answer keep
  /// moving the end.
  private var patience: (limit: Duration, end: NIODeadline)?
  private var timerEnd = NIODeadline.distantFuture
  private var upstream: (handler: UpstreamHandler, base: BaseURL)?
  private var keepsAlive = true
  private var heldBytes = 0
  /// The gate's counts at the request's beginning.
  private var counted = (received: 0, sent: 0)

  private var limits: EgressLimits { shared.door.policy.limits }

  private init(_ shared: GatewayContext, _ loop: any EventLoop) {
    self.shared = shared
    self.loop = loop
    spare = shared.spare(on: loop)
    gate = FlowGate()
  }

  /// Lays the handlers of a connection.
  static func lay(_ shared: GatewayContext, in channel: any Channel) throws {
    let handler = GatewayHandler(shared, channel.eventLoop)
    var limits = NIOHTTPDecoderLimitConfiguration()
    limits.maxHeaderFieldSize = 16 << 10
    limits.maxHeaderListSize = 64 << 10
    try channel.pipeline.syncOperations.addHandlers([
      handler.gate, HTTPResponseEncoder(),
      ByteToMessageHandler(HTTPRequestDecoder(limitConfiguration: limits), maximumBufferSize: 128 << 10),
      HTTPServerPipelineHandler(), handler,
    ])
  }

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    arm(limits.head)
    spare?.prepare { shared.connect(to: $0, on: loop) }
  }

  func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch (unwrapInboundIn(data), state) {
    case (.head(let head), .waiting): begin(head)
    case (.body(let piece), .reading(let head, let route, let upstream, var body)):
      // Out of the state before it grows, so that it isn't copied.
      state = .deciding
      guard body.readableBytes + piece.readableBytes <= limits.requestBody else {
        return refuse(
          .init(.tooLarge, "a request's body may have at most \(limits.requestBody) bytes"), route.call.api,
          isLast: true)
      }
      guard shared.hold(piece.readableBytes) else {
        return refuse(.init(.busy, "too many large requests at one time"), route.call.api, isLast: true)
      }
      heldBytes += piece.readableBytes
      body.writeImmutableBuffer(piece)
      state = .reading(head, route, upstream, body)
    case (.end, .reading(let head, let route, let upstream, let body)): decide(head, route, upstream, body)
    case (_, _): break
    }
  }

  func channelInactive(context: ChannelHandlerContext) {
    disarm()
    if case .forwarding(let exchange) = state {
      state = .lingering
      // Codex leaves with the last event, before the API has ended its stream.
      let isWhole = exchange.reader?.isSettled == true
      dropUpstream()
      settle(exchange, isWhole ? .allowed : .failed("the client went away"), isWhole: isWhole)
    }
    log(.failed("the client went away"))
    release()
    leaveUpstream()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    let isParsing = error is HTTPParserError || error is ByteToMessageDecoderError
    switch state {
    case .waiting where isParsing, .reading where isParsing:
      if record == nil { record = EgressRecord(.gateway, host: "", port: 0, method: "") }
      refuse(.init(.invalid, "this is no HTTP request (\(error))"), nil, isLast: true)
    default: context.close(promise: nil)
    }
  }

  // MARK: - The request

  private func begin(_ head: HTTPRequestHead) {
    keepsAlive = head.isKeepAlive
    let path = String(head.uri.prefix { $0 != "?" })
    record = EgressRecord(.gateway, host: "", port: 0, method: head.method.rawValue)
    record?.path = EgressRecord.shown(path)
    if let fault = Framing.fault(of: head.headers) {
      return refuse(.init(.invalid, "the request has \(fault)"), nil, isLast: true)
    }
    // Whether anybody is here.
    if path == "/", head.method == .HEAD || head.method == .GET {
      guard let context else { return }
      var answer = HTTPResponseHead(version: .http1_1, status: .ok, headers: ["content-length": "0"])
      if !keepsAlive { answer.headers.add(name: "connection", value: "close") }
      context.write(wrapOutboundOut(.head(answer)), promise: nil)
      record?.status = 200
      log(.allowed)
      return endAnswer()
    }
    // A body that nobody waits for must not be taken for the next request.
    let isLast =
      head.headers.contains(name: "transfer-encoding") || head.headers.first(name: "content-length") ?? "0" != "0"
    guard let route = Route(head) else {
      let why = "\(head.method) \(EgressRecord.shown(path)) isn't among the calls that this gateway passes"
      return refuse(.init(.notFound, why), nil, isLast: isLast)
    }
    guard let upstream = shared.upstream(for: route.call.api) else {
      let why = "this gateway has no credential for the API '\(route.call.api.rawValue)'"
      return refuse(.init(.notFound, why), route.call.api, isLast: isLast)
    }
    record?.host = upstream.base.hostText
    record?.port = upstream.base.port
    guard shared.isAdmitted(head) else {
      let why = "the key isn't the one that this sandbox was given; use the one in its environment"
      return refuse(.init(.credential, why), route.call.api, isLast: isLast)
    }
    guard head.headers["content-encoding"].allSatisfy({ $0.lowercased() == "identity" }) else {
      return refuse(
        .init(.invalid, "packed requests can't be checked; send them plain"), route.call.api, isLast: isLast)
    }
    if let length = head.headers.first(name: "content-length").flatMap({ Int($0) }), length > limits.requestBody {
      let why = "a request's body may have at most \(limits.requestBody) bytes; this has \(length)"
      return refuse(.init(.tooLarge, why), route.call.api, isLast: true)
    }
    state = .reading(head, route, upstream, ByteBuffer())
    arm(limits.body)
  }

  private func decide(_ head: HTTPRequestHead, _ route: Route, _ upstream: Upstream, _ body: ByteBuffer) {
    guard let context else { return }
    state = .deciding
    disarm()
    let shared = shared
    let decision = shared.threads.runIfActive(eventLoop: context.eventLoop) {
      () -> Result<GatewayContext.Approved, RequestRefusal> in
      do throws(RequestRefusal) { return .success(try shared.approve(body, route)) } catch { return .failure(error) }
    }
    decision.assumeIsolated().whenComplete { [self] outcome in
      switch outcome {
      case .success(.success(let approved)):
        let exchange = Exchange(
          route, upstream, approved, headers: Route.passedOn(head.headers).map { ($0.name, $0.value) },
          record: record ?? EgressRecord(.gateway, host: "", port: 0, method: ""))
        record = nil
        exchange.record.model = approved.model
        guard self.context != nil, context.channel.isActive else {
          return settle(exchange, .failed("the client went away"), isWhole: false)
        }
        state = .forwarding(exchange)
        forward(exchange)
      case .success(.failure(let refusal)): refuse(refusal, route.call.api, isLast: false)
      case .failure: context.close(promise: nil)
      }
    }
  }

  private func forward(_ exchange: Exchange) {
    guard context != nil else { return }
    let base = exchange.upstream.base
    arm(limits.connect)
    if let upstream, upstream.handler.isOpen, upstream.base == base,
      upstream.handler.rested + SpareUpstream.patience > .now()
    {
      arm(limits.silence)
      return upstream.handler.send(exchange)
    }
    dropUpstream()
    let connected: EventLoopFuture<any Channel> = spare?.take(base) ?? shared.connect(to: base, on: loop)
    connected.assumeIsolated().whenComplete { [self] result in
      do {
        let channel = try result.get()
        guard case .forwarding(let current) = state, current === exchange else { return channel.close(promise: nil) }
        let handler = try channel.pipeline.syncOperations.handler(type: UpstreamHandler.self)
        handler.gateway = self
        upstream = (handler, base)
        FlowGate.couple(gate, try channel.pipeline.syncOperations.handler(type: FlowGate.self))
        if handler.isReady { upstreamReady() }
      } catch {
        upstreamEnded("can't be reached: \(error)")
      }
    }
  }

  /// The connection stands, and is who it says it is.
  func upstreamReady() {
    guard case .forwarding(let exchange) = state, !exchange.isSent else { return }
    arm(limits.silence)
    upstream?.handler.send(exchange)
  }

  // MARK: - The answer

  func pass(_ part: HTTPClientResponsePart) {
    guard case .forwarding(let exchange) = state, let context else { return }
    arm(limits.silence)
    switch part {
    case .head(let head):
      exchange.status = Int(head.status.code)
      exchange.record.status = exchange.status
      if exchange.status == 429 { exchange.record.limitEnd = RateLimit.end(head.headers) }
      exchange.keepsConnection = head.isKeepAlive
      if let problem = Self.problem(head) {
        return end(exchange, with: problem)
      }
      let streams = head.headers["content-type"].contains { $0.lowercased().hasPrefix("text/event-stream") }
      if exchange.approved.reservation != nil { exchange.reader = AnswerReader(exchange.route.call, streams: streams) }
      var answer = HTTPResponseHead(version: .http1_1, status: head.status, headers: Route.passedIn(head.headers))
      if !keepsAlive { answer.headers.add(name: "connection", value: "close") }
      context.write(wrapOutboundOut(.head(answer)), promise: nil)
    case .body(let bytes):
      exchange.answered += bytes.readableBytes
      guard exchange.answered <= limits.responseBody else {
        return upstreamEnded("answered with more than \(limits.responseBody) bytes")
      }
      exchange.reader?.take(bytes)
      context.write(wrapOutboundOut(.body(.byteBuffer(bytes))), promise: nil)
    case .end:
      if exchange.keepsConnection { upstream?.handler.rested = .now() } else { dropUpstream() }
      state = .settling
      context.flush()
      settle(exchange, .allowed, isWhole: true) { [self] in endAnswer() }
    }
  }

  func flush() { context?.flush() }

  /// Answers that are not passed on as they are.
  private static func problem(_ head: HTTPResponseHead) -> RequestRefusal? {
    switch head.status.code {
    // An API may quote the key that it didn't take.
    case 401:
      return RequestRefusal(
        .credential, "the API didn't accept the gateway's credential (401); nothing inside can change that")
    case 300..<400:
      return RequestRefusal(.upstream, "the API answered with a redirect, which isn't followed; check its base URL")
    default: break
    }
    let codings = head.headers["content-encoding"]
    guard codings.allSatisfy({ $0.lowercased() == "identity" }) else {
      return RequestRefusal(
        .upstream, "the API packed its answer (\(codings.joined(separator: ", "))), though it was asked not to")
    }
    return nil
  }

  /// An answer of ours in place of the API's.
  private func end(_ exchange: Exchange, with refusal: RequestRefusal) {
    dropUpstream()
    state = .settling
    settle(exchange, .failed(refusal.message), isWhole: true) { [self] in
      answer(refusal, exchange.route.call.api, isLast: true)
    }
  }

  func upstreamEnded(_ why: String) {
    guard case .forwarding(let exchange) = state else {
      upstream = nil
      return
    }
    dropUpstream()
    let isBegun = exchange.status != 0
    state = .settling
    settle(exchange, .failed("the API \(why)"), isWhole: false) { [self] in
      if isBegun {
        // The client must see that the answer isn't whole.
        context?.close(promise: nil)
      } else {
        answer(.init(.upstream, "the API \(why)"), exchange.route.call.api, isLast: true)
      }
    }
  }

  /// Leaves the connection to the next client; only between an answer's end and the next request.
  private func leaveUpstream() {
    guard let (handler, base) = upstream, let spare else { return dropUpstream() }
    gate.uncouple()
    upstream = nil
    spare.give(handler, base)
  }

  private func dropUpstream() {
    gate.uncouple()
    upstream?.handler.close()
    upstream = nil
  }

  /// Charges an exchange, then logs it.
  private func settle(
    _ exchange: Exchange, _ verdict: EgressRecord.Verdict, isWhole: Bool, then next: (() -> Void)? = nil
  ) {
    var record = exchange.record
    record.verdict = verdict
    count(into: &record)
    let log = shared.door.log
    guard let reservation = exchange.approved.reservation else {
      log(record)
      next?()
      return
    }
    var (cost, usage) = isWhole ? exchange.cost() : (nil, nil)
    // What never left costs nothing.
    if !exchange.isSent { (cost, usage) = (.zero, nil) }
    record.usage = usage
    let (account, final, charge, tokens) = (shared.account, record, cost, usage ?? TokenUsage())
    let write = { @Sendable in
      var record = final
      record.cost = account.settle(reservation, cost: charge, usage: tokens)
      log(record)
    }
    // Nobody waits, and the threads may be about to end.
    guard let next else { return write() }
    let settled = shared.threads.runIfActive(eventLoop: loop, write)
    settled.assumeIsolated().whenComplete { result in
      if case .failure = result { write() }
      next()
    }
  }

  private func refuse(_ refusal: RequestRefusal, _ api: ModelAPI?, isLast: Bool) {
    record?.status = Int(refusal.status(for: api).code)
    record?.isBudgetSpent = refusal.kind == .exhausted
    log(refusal.isRefusal ? .refused(refusal.message) : .failed(refusal.message))
    answer(refusal, api, isLast: isLast)
  }

  private func answer(_ refusal: RequestRefusal, _ api: ModelAPI?, isLast: Bool) {
    guard let context, context.channel.isActive else { return }
    let text = ByteBuffer(string: refusal.body(for: api))
    var head = HTTPResponseHead(
      version: .http1_1, status: refusal.status(for: api), headers: refusal.headers(text.readableBytes))
    let closes = isLast || !keepsAlive
    if closes { head.headers.add(name: "connection", value: "close") }
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    context.write(wrapOutboundOut(.body(.byteBuffer(text))), promise: nil)
    if closes { keepsAlive = false }
    endAnswer()
  }

  /// Ends an answer, then waits for the next request or ends the connection.
  private func endAnswer() {
    release()
    guard let context, context.channel.isActive else { return }
    if keepsAlive {
      // Before the end is written: a request that was pipelined comes while it is.
      state = .waiting
      arm(limits.idleConnection)
      context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
      return
    }
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    leaveUpstream()
    // Closed while bytes are unread, the kernel would reset the connection and the answer be lost.
    state = .lingering
    arm(.seconds(2))
    context.close(mode: .output, promise: nil)
  }

  private func release() {
    shared.release(heldBytes)
    heldBytes = 0
  }

  private func log(_ verdict: EgressRecord.Verdict) {
    guard var done = record else { return }
    record = nil
    done.verdict = verdict
    count(into: &done)
    shared.door.log(done)
  }

  /// The bytes since the last request of this connection was logged: the first of a request come before its head is read.
  private func count(into record: inout EgressRecord) {
    (record.sent, record.received) = (gate.received - counted.received, gate.sent - counted.sent)
    counted = (gate.received, gate.sent)
  }

  private func arm(_ limit: Duration) {
    let end = NIODeadline.now() + .nanoseconds(limit.nanosecondCount)
    patience = (limit, end)
    if timer == nil || end < timerEnd { setTimer(end) }
  }

  private func disarm() {
    patience = nil
    timer?.cancel()
    timer = nil
  }

  private func setTimer(_ end: NIODeadline) {
    timer?.cancel()
    guard let context else { return }
    timerEnd = end
    timer = context.eventLoop.assumeIsolated().scheduleTask(deadline: end) { [weak self] in self?.timerCame() }
  }

  private func timerCame() {
    timer = nil
    guard let patience else { return }
    if patience.end > .now() { setTimer(patience.end) } else { timeOut(patience.limit) }
  }

  private func timeOut(_ limit: Duration) {
    switch state {
    case .forwarding: upstreamEnded("was silent for \(limit)")
    case .reading(_, let route, _, _):
      refuse(.init(.invalid, "the body didn't come within \(limit)"), route.call.api, isLast: true)
    default:
      log(.failed("no progress in \(limit)"))
      context?.close(promise: nil)
    }
  }
}
