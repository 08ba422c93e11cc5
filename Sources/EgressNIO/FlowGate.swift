internal import Egress
internal import NIOCore

/// Nothing is read here while the other side can't take it, so that neither a stalled reader nor an endless writer costs memory.
/// Counts the bytes too.
///
/// Next to the socket, or behind TLS where there is TLS. Both sides are on one event loop.
final class FlowGate: ChannelDuplexHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer
  typealias OutboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  /// What may wait to be written to one side.
  static let waterMark = ChannelOptions.Types.WriteBufferWaterMark(low: 128 << 10, high: 512 << 10)
  static let allocator = AdaptiveRecvByteBufferAllocator(minimum: 1024, initial: 16 << 10, maximum: 256 << 10)

  private(set) var received = 0
  private(set) var sent = 0
  /// When bytes last came or could go.
  private(set) var active = NIODeadline.now()
  /// Nothing is read while the handlers behind aren't ready for it.
  var isHeld = false { didSet { letThrough() } }
  private weak var other: FlowGate?
  private var context: ChannelHandlerContext?
  private var isWanted = false

  /// Couples two sides.
  static func couple(_ left: FlowGate, _ right: FlowGate) {
    left.other = right
    right.other = left
    left.letThrough()
    right.letThrough()
  }

  func uncouple() {
    let former = other
    other = nil
    former?.other = nil
    letThrough()
    former?.letThrough()
  }

  private var mayRead: Bool { !isHeld && other?.context?.channel.isWritable ?? true }

  private func letThrough() {
    guard isWanted, mayRead, let context else { return }
    isWanted = false
    context.read()
  }

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }

  func handlerRemoved(context: ChannelHandlerContext) {
    self.context = nil
    other?.letThrough()
  }

  func read(context: ChannelHandlerContext) {
    if mayRead { context.read() } else { isWanted = true }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    received += unwrapInboundIn(data).readableBytes
    active = .now()
    context.fireChannelRead(data)
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    sent += unwrapOutboundIn(data).readableBytes
    context.write(data, promise: promise)
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    active = .now()
    other?.letThrough()
    context.fireChannelWritabilityChanged()
  }
}
