internal import Egress
internal import NIOCore

/// A connection to an API that stands ready for the next client, so that one that comes anew doesn't wait for a handshake behind
/// its own: left by the client before, or made when one connects. At most one for each event loop, and not for long.
///
/// Only where there is TLS: without, a connection costs next to nothing.
final class SpareUpstream {
  /// How long an unused connection is trusted: one that has rested for longer may be closed at the other end just now.
  static let patience = TimeAmount.seconds(20)

  private enum State {
    case none
    /// By its number, so that one that was taken meanwhile isn't taken for it.
    case connecting(BaseURL, Int, EventLoopFuture<any Channel>)
    case resting(UpstreamHandler, BaseURL, Scheduled<Void>)
  }

  private let loop: any EventLoop
  private var state = State.none
  private var number = 0
  /// Whom the next client is likely to ask.
  private var expected: BaseURL?

  init(_ upstreams: [Upstream], loop: any EventLoop) {
    self.loop = loop
    if let first = upstreams.first?.base, upstreams.allSatisfy({ $0.base == first }) { expected = first }
  }

  /// Begins to connect, where it is known to whom and nothing is there yet. A failure is told to whoever has taken it.
  func prepare(_ connect: (BaseURL) -> EventLoopFuture<any Channel>) {
    dropIfClosed()
    guard case .none = state, let base = expected, base.isSecure else { return }
    number += 1
    let own = number
    let future = connect(base)
    state = .connecting(base, own, future)
    future.assumeIsolated().whenComplete { [self] result in
      guard case .connecting(_, let current, _) = state, current == own else { return }
      state = .none
      guard let channel = try? result.get() else { return }
      do {
        rest(try channel.pipeline.syncOperations.handler(type: UpstreamHandler.self), base)
      } catch { channel.close(promise: nil) }
    }
  }

  /// The connection, which stands or is being made; nil where there is none to this API.
  func take(_ base: BaseURL) -> EventLoopFuture<any Channel>? {
    expected = base
    switch state {
    case .connecting(base, _, let future):
      state = .none
      return future
    case .resting(let handler, base, let end) where handler.isOpen:
      state = .none
      end.cancel()
      return handler.channel.map { loop.makeSucceededFuture($0) }
    default: return nil
    }
  }

  /// Keeps a connection whose last answer is whole, where none is kept; closes it otherwise.
  func give(_ handler: UpstreamHandler, _ base: BaseURL) {
    dropIfClosed()
    guard case .none = state, base.isSecure, handler.isOpen, handler.rested + Self.patience > .now() else {
      return handler.close()
    }
    expected = base
    rest(handler, base)
  }

  private func dropIfClosed() {
    guard case .resting(let handler, _, let end) = state, !handler.isOpen else { return }
    end.cancel()
    state = .none
  }

  private func rest(_ handler: UpstreamHandler, _ base: BaseURL) {
    handler.gateway = nil
    let end = loop.assumeIsolated().scheduleTask(deadline: handler.rested + Self.patience) { [self] in
      guard case .resting(let current, _, _) = state, current === handler else { return }
      state = .none
      handler.close()
    }
    state = .resting(handler, base, end)
  }
}
