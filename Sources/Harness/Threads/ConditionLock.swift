internal import Glibc

/// A value that threads share, and wait for until it is as they need it (pthread_cond_wait(3)).
///
/// Unchecked, as the compiler can't see that the value is touched under the lock alone.
package final class ConditionLock<Value>: @unchecked Sendable {
  private var value: Value
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  package init(_ value: sending Value) {
    self.value = value
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(changed, nil)
  }

  deinit {
    pthread_cond_destroy(changed)
    pthread_mutex_destroy(mutex)
    changed.deallocate()
    mutex.deallocate()
  }

  /// Works on the value, and wakes whoever waits for a change of it.
  ///
  /// - Parameter isReady: What is waited for first.
  package func withLock<Result>(
    when isReady: (Value) -> Bool = { _ in true }, _ body: (inout Value) throws -> sending Result
  ) rethrows -> sending Result {
    pthread_mutex_lock(mutex)
    defer {
      pthread_cond_broadcast(changed)
      pthread_mutex_unlock(mutex)
    }
    while !isReady(value) { pthread_cond_wait(changed, mutex) }
    return try body(&value)
  }

  /// Waits until the value is so.
  package func wait(until isReady: (Value) -> Bool) {
    pthread_mutex_lock(mutex)
    while !isReady(value) { pthread_cond_wait(changed, mutex) }
    pthread_mutex_unlock(mutex)
  }
}
