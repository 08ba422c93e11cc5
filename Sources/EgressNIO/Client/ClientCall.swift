internal import Egress
internal import NIOCore
internal import NIOHTTP1

extension ModelClient.Call {
  /// - Parameter pass: The key that the gateway asks for.
  func head(pass: String?) -> HTTPRequestHead {
    var head = HTTPRequestHead(version: .http1_1, method: .POST, uri: path)
    for header in headers { head.headers.add(name: header.name, value: header.value) }
    head.headers.replaceOrAdd(name: "host", value: "gateway")
    head.headers.replaceOrAdd(name: "content-type", value: "application/json")
    head.headers.replaceOrAdd(name: "content-length", value: "\(body.count)")
    head.headers.replaceOrAdd(name: "connection", value: "close")
    if let pass { head.headers.replaceOrAdd(name: "x-api-key", value: pass) }
    return head
  }
}

/// Sends a call when its connection stands, gathers the answer, and gives up when time is over or nobody wants it any more.
final class ClientCallHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPClientResponsePart
  typealias OutboundOut = HTTPClientRequestPart

  private let call: ModelClient.Call
  private let pass: String?
  private let answer: EventLoopPromise<ModelClient.Answer>
  private let deadline: NIODeadline
  private var head: HTTPResponseHead?
  private var body = ByteBuffer()
  private var isWhole = false
  private var isOver = false
  private var context: ChannelHandlerContext?
  private var timer: Scheduled<Void>?

  private init(_ call: ModelClient.Call, pass: String?, _ answer: EventLoopPromise<ModelClient.Answer>) {
    self.call = call
    self.pass = pass
    self.answer = answer
    deadline = .now() + .nanoseconds(call.limit.nanosecondCount)
  }

  static func lay(
    _ call: ModelClient.Call, pass: String?, _ answer: EventLoopPromise<ModelClient.Answer>, in channel: any Channel
  ) throws {
    try channel.pipeline.syncOperations.addHandlers([
      HTTPRequestEncoder(), ByteToMessageHandler(HTTPResponseDecoder(informationalResponseStrategy: .drop)),
      ClientCallHandler(call, pass: pass, answer),
    ])
  }

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }

  func handlerRemoved(context: ChannelHandlerContext) {
    end(.failure(.brokenOff("the gateway was stopped")))
    self.context = nil
  }

  func channelActive(context: ChannelHandlerContext) {
    context.write(wrapOutboundOut(.head(call.head(pass: pass))), promise: nil)
    context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: call.body)))), promise: nil)
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    watch()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head): self.head = head
    case .body(let piece):
      guard body.readableBytes + piece.readableBytes <= call.most else { return end(.failure(.tooLarge(call.most))) }
      body.writeImmutableBuffer(piece)
    case .end: isWhole = true
    }
  }

  /// The gateway closes when the answer's cost is written down: who has the answer knows what it cost.
  func channelInactive(context: ChannelHandlerContext) {
    guard let head, isWhole else { return end(.failure(.brokenOff("the gateway closed the connection"))) }
    end(
      .success(
        ModelClient.Answer(
          status: Int(head.status.code), headers: head.headers.map { ModelClient.Header($0.name, $0.value) },
          body: Array(body.readableBytesView))))
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { end(.failure(.brokenOff("\(error)"))) }

  private func watch() {
    guard !isOver, let context else { return }
    if call.isCancelled() { return end(.failure(.cancelled)) }
    if .now() > deadline { return end(.failure(.late(call.limit))) }
    timer = context.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(50)) { [weak self] in self?.watch() }
  }

  private func end(_ result: Result<ModelClient.Answer, ModelClient.Failure>) {
    guard !isOver else { return }
    isOver = true
    timer?.cancel()
    answer.completeWith(result.mapError { $0 })
    context?.close(promise: nil)
  }
}
