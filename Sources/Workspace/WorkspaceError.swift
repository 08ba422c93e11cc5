internal import Glibc

/// What was tried with files, on what, why it failed.
package struct WorkspaceError: Error, Sendable, CustomStringConvertible {
  package let action: String
  package let subject: String
  package let reason: String

  package init(_ action: String, _ subject: String, _ reason: String) {
    self.action = action
    self.subject = subject
    self.reason = reason
  }

  /// With the text of an errno.
  init(_ action: String, _ subject: String, errno number: Int32) {
    self.init(action, subject, String(cString: strerror(number)))
  }

  package var description: String { "\(action) \(subject): \(reason)" }
}
