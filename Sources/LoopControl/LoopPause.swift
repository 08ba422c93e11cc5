internal import Glibc
internal import Harness
internal import Ledger
internal import Sandbox

extension LoopRunner {
  /// Waits as long as another terminal asks for a pause. No budget runs meanwhile.
  func wait() throws {
    clock.pause()
    try record(.paused)
    tell(.paused)
    while requests.current == .pause, !bench.cancellation.isCancelled { usleep(100_000) }
    clock.go()
    try record(.continued)
    tell(.continued)
  }
}
