internal import Glibc

/// libseccomp refused to make a filter.
package struct FilterError: Error, Sendable, CustomStringConvertible {
  /// What it was asked for.
  package let step: String
  /// errno, or 0 where it gave none.
  package let number: Int32

  package var description: String {
    number == 0 ? step : "\(step): \(String(cString: strerror(number)))"
  }
}
