internal import Sandbox

package enum MonotonicClock {
  /// Seconds on a clock that doesn't jump, and stands still while the machine is suspended (CLOCK_MONOTONIC).
  package static func seconds() -> Double { monotonicNow().seconds }
}
