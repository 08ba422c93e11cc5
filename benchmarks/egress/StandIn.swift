import NIOCore
import NIOHTTP1
import NIOPosix
import TLS
import TestCertificate

/// An API on loopback over TLS that streams: a few events at `/v1/messages`, and many megabytes at `/v1/chat/completions`.
final class StandIn {
  let port: Int
  private let listener: any Channel

  /// - Parameters:
  ///   - bytes: Of the long answer's events.
  ///   - piece: Bytes of events that are sent at one time, as one chunk.
  init(group: any EventLoopGroup, bytes: Int, piece: Int) throws {
    let context = try Certificate.server()
    let answers = Answers(bytes: bytes, piece: piece)
    listener = try ServerBootstrap(group: group)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(.writeBufferWaterMark, value: .init(low: 128 << 10, high: 512 << 10))
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandlers([
            TLSHandler(server: context), ByteToMessageHandler(HTTPRequestDecoder()),
            StandInHandler(answers),
          ])
        }
      }
      .bind(host: "127.0.0.1", port: 0).wait()
    port = listener.localAddress?.port ?? 0
  }
}

/// What is streamed, made once.
struct Answers: Sendable {
  static let head =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n"

  let first: ByteBuffer
  let rest: ByteBuffer
  let head = ByteBuffer(string: Answers.head)
  let piece: ByteBuffer
  let pieces: Int
  let last: ByteBuffer

  init(bytes: Int, piece: Int) {
    first = ByteBuffer(
      string: Self.head
        + Self.chunk(
          "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"x\",\"usage\":{\"input_tokens\":9,\"output_tokens\":1}}}\n\n"
        ))
    rest = ByteBuffer(
      string: Self.chunk(
        "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":2}}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"
      ) + "0\r\n\r\n")
    let event =
      "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m1\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\" a few words of text\"},\"logprobs\":null,\"finish_reason\":null}],\"usage\":null}\n\n"
    let events = String(repeating: event, count: max(1, piece / event.utf8.count))
    self.piece = ByteBuffer(string: Self.chunk(events))
    pieces = max(1, bytes / events.utf8.count)
    last = ByteBuffer(
      string: Self.chunk(
        "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":2}}\n\ndata: [DONE]\n\n")
        + "0\r\n\r\n")
  }

  private static func chunk(_ text: String) -> String { String(text.utf8.count, radix: 16) + "\r\n\(text)\r\n" }
}

private final class StandInHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = ByteBuffer

  private let answers: Answers
  private var isLong = false
  private var left = 0
  private var isWriting = false

  init(_ answers: Answers) { self.answers = answers }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head): isLong = head.uri.hasSuffix("/chat/completions")
    case .body: break
    case .end where isLong:
      context.write(wrapOutboundOut(answers.head), promise: nil)
      left = answers.pieces
      goOn(context)
    case .end:
      context.writeAndFlush(wrapOutboundOut(answers.first), promise: nil)
      context.writeAndFlush(wrapOutboundOut(answers.rest), promise: nil)
    }
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) { goOn(context) }

  private func goOn(_ context: ChannelHandlerContext) {
    guard left > 0, !isWriting else { return }
    isWriting = true
    while left > 0, context.channel.isWritable {
      left -= 1
      // Each piece leaves at once, as an API's does.
      context.writeAndFlush(wrapOutboundOut(answers.piece), promise: nil)
      if left == 0 { context.writeAndFlush(wrapOutboundOut(answers.last), promise: nil) }
    }
    isWriting = false
  }
}
