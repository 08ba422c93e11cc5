internal import Comparison
internal import Glibc
internal import Harness
package import Ledger
internal import Sandbox
internal import Synchronization

/// The clocks of the loop.
package enum Clock {
  /// Milliseconds since 1970.
  package static func now() -> Moment { Workbench.now() / 1_000_000 }

  /// Seconds on a clock that doesn't jump, and stands still while the machine is suspended.
  static func seconds() -> Double { MonotonicClock.seconds() }

  /// The same without the time in which this process's sandboxes rested because another one measured, which counts for no budget.
  static func working() -> Double { seconds() - MeasurementNotice.machine.rested.seconds }
}

/// Seconds that a loop has spent over all the processes that ran it; left out are pauses, and time in which its sandboxes rested
/// because another process measured.
final class SpentClock: Sendable {
  private struct State {
    /// What was spent when the clock last began to run.
    var before: Double
    /// When it began to run; nil while the loop is paused.
    var since: Double?
  }

  private let state: Mutex<State>

  /// - Parameter carried: What earlier processes have spent.
  init(carried: Double = 0) { state = Mutex(State(before: carried, since: Clock.working())) }

  var seconds: Double {
    state.withLock { $0.before + ($0.since.map { Clock.working() - $0 } ?? 0) }
  }

  func pause() {
    state.withLock { state in
      state.before += state.since.map { Clock.working() - $0 } ?? 0
      state.since = nil
    }
  }

  func go() { state.withLock { if $0.since == nil { $0.since = Clock.working() } } }
}
