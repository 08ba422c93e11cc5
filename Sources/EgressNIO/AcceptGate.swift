internal import Egress
internal import NIOCore

/// Accepts only as many connections as may be open at one time; the kernel's queue holds the others.
final class AcceptGate: ChannelDuplexHandler {
  typealias InboundIn = any Channel
  typealias InboundOut = any Channel
  typealias OutboundIn = Never

  private let most: Int
  private var open = 0
  private var isWanted = false

  init(most: Int) { self.most = most }

  func read(context: ChannelHandlerContext) {
    if open < most { context.read() } else { isWanted = true }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let channel = unwrapInboundIn(data)
    open += 1
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    channel.closeFuture.hop(to: context.eventLoop).whenComplete { _ in
      let (gate, context) = bound.value
      gate.open -= 1
      guard gate.isWanted else { return }
      gate.isWanted = false
      context.read()
    }
    context.fireChannelRead(data)
  }
}
