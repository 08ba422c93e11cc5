internal import Glibc

/// Why something about a tree, a store or a layer could not be done: what was tried, on what, why not, and what to do.
package struct WorkspaceError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What was tried, as a verb: `open`, `read the pattern`.
  package let attempted: String
  /// What it was tried on, escaped for people.
  package let path: String
  /// Why it failed.
  package let reason: String
  /// The system's error number where a system call failed.
  package let errorNumber: Int32?
  /// What the user can do about it, where that is known.
  package let advice: String?

  /// An error that Belljar found itself.
  package init(_ attempted: String, _ path: String, because reason: String, advice: String? = nil) {
    self.attempted = attempted
    self.path = path
    self.reason = reason
    self.errorNumber = nil
    self.advice = advice
  }

  /// An error that a system call answered.
  package init(_ attempted: String, _ path: String, errno number: Int32, advice: String? = nil) {
    self.attempted = attempted
    self.path = path
    self.reason = String(cString: strerror(number))
    self.errorNumber = number
    self.advice = advice ?? Self.commonAdvice(number)
  }

  package var description: String {
    let told = "can't \(attempted) \(path): \(reason)"
    guard let advice else { return told }
    return "\(told); \(advice)"
  }

  private static func commonAdvice(_ number: Int32) -> String? {
    switch number {
    case ENOSPC, EDQUOT: "free some disk space"
    case EMFILE, ENFILE: "raise the limit of open files (ulimit -n)"
    case EROFS: "the file system is read-only: choose another state folder with XDG_STATE_HOME"
    default: nil
    }
  }
}
