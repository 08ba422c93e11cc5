internal import Glibc

/// What the room itself couldn't do: what was tried, on what, and why not.
package struct EgressError: Error, Sendable, CustomStringConvertible {
  package let action: String
  package let subject: String
  /// Why it failed and what to do.
  package let reason: String

  package init(_ action: String, _ subject: String, _ reason: String) {
    self.action = action
    self.subject = subject
    self.reason = reason
  }

  package init(_ action: String, _ subject: String, errno number: Int32) {
    self.init(action, subject, String(cString: strerror(number)))
  }

  package var description: String { "\(action) \(subject): \(reason)" }
}
