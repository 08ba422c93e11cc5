import NIOCore
import NIOPosix
import TLS
import TestCertificate

/// Ends TLS before the stand-in and hands every byte on, without a look at it: what no gateway on this machine can be faster than.
final class Relay {
  let port: Int
  private let listener: any Channel

  init(group: any EventLoopGroup, standIn: Int) throws {
    let tls = try Certificate.client()
    listener = try ServerBootstrap(group: group)
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      .childChannelOption(.writeBufferWaterMark, value: Client.waterMark)
      .childChannelOption(.recvAllocator, value: Client.allocator)
      .childChannelInitializer { inside in
        let own = NIOLoopBound(RelayHandler(), eventLoop: inside.eventLoop)
        return inside.eventLoop.makeCompletedFuture {
          try inside.pipeline.syncOperations.addHandler(own.value)
        }.flatMap {
          ClientBootstrap(group: inside.eventLoop)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.writeBufferWaterMark, value: Client.waterMark)
            .channelOption(.recvAllocator, value: Client.allocator)
            .channelInitializer { outside in
              outside.eventLoop.makeCompletedFuture {
                let other = RelayHandler()
                (other.other, own.value.other) = (own.value, other)
                try outside.pipeline.syncOperations.addHandlers([
                  TLSHandler(tls, to: .name("localhost")), other,
                ])
              }
            }
            .connect(host: "127.0.0.1", port: standIn).map { _ in }
        }
      }
      .bind(host: "127.0.0.1", port: 0).wait()
    port = listener.localAddress?.port ?? 0
  }
}

private final class RelayHandler: ChannelDuplexHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundIn = ByteBuffer

  weak var other: RelayHandler?
  private var context: ChannelHandlerContext?
  private var isWanted = false

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }

  func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

  func read(context: ChannelHandlerContext) {
    if other?.context?.channel.isWritable ?? true { context.read() } else { isWanted = true }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    other?.context?.write(data, promise: nil)
  }

  func channelReadComplete(context: ChannelHandlerContext) { other?.context?.flush() }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    guard let other, other.isWanted, context.channel.isWritable else { return }
    other.isWanted = false
    other.context?.read()
  }

  func channelInactive(context: ChannelHandlerContext) { other?.context?.close(promise: nil) }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
