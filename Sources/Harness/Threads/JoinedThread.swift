internal import Glibc

/// A thread of its own for work that waits in the kernel, which would hold up a shared pool; its owner joins it once.
package struct JoinedThread: Sendable {
  /// The errno of pthread_create(3), mostly EAGAIN: too many processes.
  package struct Failure: Error { package let errorNumber: Int32 }

  private final class Work: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }

  private let thread: pthread_t

  /// Starts it.
  package init(_ run: @escaping @Sendable () -> Void) throws(Failure) {
    let work = Unmanaged.passRetained(Work(run))
    var thread = pthread_t()
    let number = pthread_create(
      &thread, nil,
      { raw in
        if let raw { Unmanaged<Work>.fromOpaque(raw).takeRetainedValue().run() }
        return nil
      }, work.toOpaque())
    if number != 0 {
      work.release()
      throw Failure(errorNumber: number)
    }
    self.thread = thread
  }

  /// Waits for its end; to be called once.
  package func join() { pthread_join(thread, nil) }
}
