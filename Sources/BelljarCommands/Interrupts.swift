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
    var heard = sigset_t()
    sigemptyset(&heard)
    for number in [SIGINT, SIGTERM, SIGHUP] {
      var before = sigaction()
      // What `nohup` or a shell in the background told us to ignore stays ignored.
      if sigaction(number, nil, &before) == 0, Self.isIgnored(before) { continue }
      sigaddset(&heard, number)
      signal(number) { number in
        if Interrupts.count.add(1, ordering: .relaxed).newValue > 1 { _exit(128 + number) }
        Interrupts.shared.cancel()
      }
    }
    // Whoever started this may have blocked them for itself: a thread pool's threads do.
    sigprocmask(SIG_UNBLOCK, &heard, nil)
    signal(SIGPIPE, SIG_IGN)
    return shared
  }

  private static func isIgnored(_ action: sigaction) -> Bool {
    unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
  }
}
