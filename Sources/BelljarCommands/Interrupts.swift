internal import Glibc
internal import Sandbox
internal import Synchronization

/// Ctrl-C and SIGTERM: the first asks for a clean end, the second ends at once.
enum Interrupts {
  private static let shared = Cancellation()
  private static let count = Atomic<Int>(0)

  /// The flag that the signals raise; installs the handlers.
  static func cancellation() -> Cancellation {
    _ = shared.isCancelled
    for number in [SIGINT, SIGTERM, SIGHUP] {
      signal(number) { number in
        if Interrupts.count.add(1, ordering: .relaxed).newValue > 1 { _exit(128 + number) }
        Interrupts.shared.cancel()
      }
    }
    signal(SIGPIPE, SIG_IGN)
    return shared
  }
}
