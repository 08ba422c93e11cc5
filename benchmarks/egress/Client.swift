import BenchmarkTiming
import NIOCore
import NIOHTTP1
import NIOPosix
import TLS

/// A client on one connection.
final class Client {
  struct Timing: Sendable {
    /// Milliseconds from the request to the first byte of the answer's body, and to its end.
    let first: Double
    let whole: Double
    let bytes: Int
  }

  static let waterMark = ChannelOptions.Types.WriteBufferWaterMark(low: 128 << 10, high: 512 << 10)
  static let allocator = AdaptiveRecvByteBufferAllocator(minimum: 1024, initial: 16 << 10, maximum: 256 << 10)

  private let channel: any Channel

  /// - Parameter tls: nil for the gateway, which is spoken to in the clear, as inside a sandbox.
  init(group: any EventLoopGroup, port: Int, tls: TLSContext?) throws {
    channel = try ClientBootstrap(group: group)
      .channelOption(.tcpOption(.tcp_nodelay), value: 1)
      .channelOption(.recvAllocator, value: Self.allocator)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let pipeline = channel.pipeline.syncOperations
          if let tls { try pipeline.addHandler(TLSHandler(tls, to: .name("localhost"))) }
          try pipeline.addHandlers([
            HTTPRequestEncoder(), ByteToMessageHandler(HTTPResponseDecoder()), ClientHandler(),
          ])
        }
      }
      .connect(host: "127.0.0.1", port: port).wait()
  }

  deinit { channel.close(promise: nil) }

  func ask(_ path: String) throws -> Timing {
    let answer = channel.eventLoop.makePromise(of: Timing.self)
    channel.writeAndFlush(ClientRequest(path: path, answer: answer), promise: nil)
    return try answer.futureResult.wait()
  }
}

private struct ClientRequest: Sendable {
  let path: String
  let answer: EventLoopPromise<Client.Timing>
}

private final class ClientHandler: ChannelDuplexHandler {
  typealias InboundIn = HTTPClientResponsePart
  typealias OutboundIn = ClientRequest
  typealias OutboundOut = HTTPClientRequestPart

  private static let body = ByteBuffer(
    string: #"{"model":"m1","max_tokens":64,"stream":true,"messages":[{"role":"user","content":"hi"}]}"#)

  private var asked: ClientRequest?
  private var begun = 0.0
  private var first = 0.0
  private var bytes = 0

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    let request = unwrapOutboundIn(data)
    asked = request
    (begun, first, bytes) = (now(), 0, 0)
    var head = HTTPRequestHead(version: .http1_1, method: .POST, uri: request.path)
    head.headers = [
      "host": "localhost", "content-type": "application/json", "content-length": "\(Self.body.readableBytes)",
    ]
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    context.write(wrapOutboundOut(.body(.byteBuffer(Self.body))), promise: nil)
    context.write(wrapOutboundOut(.end(nil)), promise: promise)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      if head.status != .ok { fail("the answer is \(head.status)") }
    case .body(let piece):
      if bytes == 0 { first = now() }
      bytes += piece.readableBytes
    case .end:
      asked?.answer.succeed(Client.Timing(first: first - begun, whole: now() - begun, bytes: bytes))
      asked = nil
    }
  }

  func channelInactive(context: ChannelHandlerContext) { fail("the connection ended") }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { fail("\(error)") }

  private func fail(_ why: String) {
    asked?.answer.fail(BenchmarkError(why))
    asked = nil
  }
}

struct BenchmarkError: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
