internal import CSandbox
internal import Glibc

/// A flag that any thread or signal handler can raise, and that a running sandbox sees at once.
public final class Cancellation: Sendable {
  /// Readable when cancelled (eventfd(2)).
  let descriptor: Int32

  public init() { descriptor = belljar_eventfd() }

  deinit { close(descriptor) }

  /// Raises the flag. Async-signal-safe; a second call does nothing more.
  public func cancel() {
    var one: UInt64 = 1
    _ = write(descriptor, &one, 8)
  }

  /// Whether the flag is raised.
  public var isCancelled: Bool {
    var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return poll(&entry, 1, 0) > 0
  }
}
