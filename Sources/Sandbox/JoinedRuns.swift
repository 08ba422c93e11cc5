internal import CSandbox
internal import Glibc
internal import Synchronization

extension Sandbox {
  /// Runs two jars beside each other, each with a seal and budgets of its own: what one prints, the other reads.
  ///
  /// The streams are pipes between the two programs and pass through no hand of ours, so whoever floods, stalls or never reads holds
  /// up nobody but these two, each within its own budgets. (What they say to each other therefore counts for no output budget; a pipe
  /// holds 64 KiB of it at a time.) When one ends, the other reads the end of its input.
  ///
  /// - Parameters:
  ///   - guest: Runs until it ends, or for a `grace` after the host has ended; then its reason is `cancelled`.
  ///   - host: Runs until it ends. Give it a wall budget.
  ///   - keep: How much of each one's stderr is kept.
  /// - Returns: When every process of both is dead.
  package func runJoined(
    guest: Jar, host: Jar, grace: Duration, keep: Int = 1 << 20, cancellation: Cancellation? = nil
  ) throws -> (guest: Result, host: Result) {
    func once() throws -> (guest: Result, host: Result) {
      let ends = try Self.crossed()
      let run = JoinedRun()
      Self.onThread { [self] in
        run.end(
          Swift.Result {
            try attempt(
              guest, pipes: Pipes(joined: ends.guest.input, output: ends.guest.output), output: .captured(keep: keep),
              cancellation: run.stop)
          })
      }
      let hosted = Swift.Result {
        try attempt(
          host, pipes: Pipes(joined: ends.host.input, output: ends.host.output), output: .captured(keep: keep),
          cancellation: cancellation)
      }
      // The guest reads the end of its input by now.
      if case .success(let result) = hosted, result.outcome.reason != .cancelled {
        run.wait(atMost: grace, unless: cancellation) { [notice] in monotonicNow() - (notice?.rested ?? .zero) }
      }
      run.stop.cancel()
      return (try run.result(), try hosted.get())
    }
    let results = try once()
    // The first that runs in a sandbox of another's learns here that its denials go unreported; see `run`.
    guard [results.guest, results.host].contains(where: { Self.lacksListener($0) }) else { return results }
    Self.reportsDenials.store(false, ordering: .relaxed)
    return try once()
  }

  /// The ends of two pipes, for each side what it reads and what it writes.
  private static func crossed() throws -> (guest: (input: Int32, output: Int32), host: (input: Int32, output: Int32)) {
    var toGuest: [Int32] = [-1, -1]
    var toHost: [Int32] = [-1, -1]
    guard belljar_pipe(&toGuest) == 0 else { throw SandboxError("pipe", "joined streams", errno: errno) }
    guard belljar_pipe(&toHost) == 0 else {
      let number = errno
      for fd in toGuest { close(fd) }
      throw SandboxError("pipe", "joined streams", errno: number)
    }
    return ((toGuest[0], toHost[1]), (toHost[0], toGuest[1]))
  }
}

/// The guest's run, on a thread of its own.
private final class JoinedRun: Sendable {
  /// Ends the guest.
  let stop = Cancellation()
  /// Raised when the guest has ended.
  private let ended = Cancellation()
  private let kept = Mutex<Swift.Result<Sandbox.Result, any Error>?>(nil)

  func end(_ result: Swift.Result<Sandbox.Result, any Error>) {
    kept.withLock { $0 = result }
    ended.cancel()
  }

  /// Waits for the guest's end, for so long on this clock, or until somebody wants no more of it.
  func wait(atMost time: Duration, unless cancellation: Cancellation?, clock: () -> Duration) {
    let deadline = clock() + time
    while true {
      var entries = [
        pollfd(fd: ended.descriptor, events: Int16(POLLIN), revents: 0),
        pollfd(fd: cancellation?.descriptor ?? -1, events: Int16(POLLIN), revents: 0),
      ]
      let left = (deadline - clock()).nanoseconds / 1_000_000
      guard left > 0 else { return }
      let ready = poll(&entries, nfds_t(entries.count), Int32(clamping: left))
      if ready > 0 || (ready < 0 && errno != EINTR) { return }
    }
  }

  /// Waits for the guest's end, which `stop` has made sure of.
  func result() throws -> Sandbox.Result {
    while true {
      if let result = kept.withLock({ $0 }) { return try result.get() }
      var entry = pollfd(fd: ended.descriptor, events: Int16(POLLIN), revents: 0)
      _ = poll(&entry, 1, -1)
    }
  }
}
