internal import Glibc

extension Sandbox {
  /// What comes of a run, as it comes.
  public enum Event: Sendable {
    case output([UInt8])
    case error([UInt8])
    /// The last one.
    case ended(Outcome)
  }

  /// Runs a jar to its end without blocking a thread of the caller's. Cancelling the task ends the run, with the reason
  /// `cancelled`.
  public func run(
    _ jar: Jar, input: Input = .none, output: Output = .captured(keep: 1 << 20)
  ) async throws -> Result {
    let cancellation = Cancellation()
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        Self.onThread {
          // The overload that blocks: there is no `await` here.
          continuation.resume(
            with: Swift.Result { try self.run(jar, input: input, output: output, cancellation: cancellation) })
        }
      }
    } onCancel: {
      cancellation.cancel()
    }
  }

  /// Runs a jar and yields its output as it comes, then its outcome. Leaving the loop early ends the run.
  ///
  /// Nothing is lost: pieces that are not yet taken are kept, at most as many bytes as the jar's output budget.
  public func events(of jar: Jar, input: Input = .none) -> AsyncThrowingStream<Event, any Error> {
    let cancellation = Cancellation()
    return AsyncThrowingStream { continuation in
      continuation.onTermination = { _ in cancellation.cancel() }
      Self.onThread {
        do {
          let result = try self.run(
            jar, input: input,
            output: .handed { stream, piece in
              continuation.yield(stream == .output ? .output(Array(piece)) : .error(Array(piece)))
            }, cancellation: cancellation)
          continuation.yield(.ended(result.outcome))
          continuation.finish()
        } catch { continuation.finish(throwing: error) }
      }
    }
  }

  /// A thread for each run: a run waits in poll(2), which would hold up the tasks of a shared pool.
  static func onThread(_ work: @escaping @Sendable () -> Void) {
    final class Work {
      let run: @Sendable () -> Void
      init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }
    let handed = Unmanaged.passRetained(Work(work)).toOpaque()
    var thread = pthread_t()
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    defer { pthread_attr_destroy(&attributes) }
    let number = pthread_create(
      &thread, &attributes,
      { raw in
        if let raw { Unmanaged<Work>.fromOpaque(raw).takeRetainedValue().run() }
        return nil
      }, handed)
    // No thread to be had: better late than never.
    if number != 0 { Unmanaged<Work>.fromOpaque(handed).takeRetainedValue().run() }
  }
}
