internal import SQLite

/// What could not be done with a ledger, why, and what to do.
package struct LedgerError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What was tried, such as `finish iteration 3`.
  package let action: String
  /// The ledger's file.
  package let path: String
  package let why: String
  package let advice: String?

  package var description: String {
    "\(path): can't \(action): \(why)" + (advice.map { "; \($0)" } ?? "")
  }

  init(_ action: String, _ path: String, why: String, advice: String? = nil) {
    self.action = action
    self.path = path
    self.why = why
    self.advice = advice
  }

  init(_ action: String, _ path: String, _ error: any Error) {
    switch error {
    case let error as LedgerError: self = error
    case let error as Refusal: self.init(action, path, why: error.why, advice: error.advice)
    case let error as SQLiteError: self.init(action, path, why: error.message, advice: Self.advice(error))
    default: self.init(action, path, why: "\(error)")
    }
  }

  private static func advice(_ error: SQLiteError) -> String? {
    switch error.kind {
    case .busy: "another belljar is writing to it; wait for it, or try again"
    case .full: "free some disk space and resume the loop: nothing that was recorded is lost"
    case .denied: "look at the rights of the file and its folder"
    case .damaged: "it is damaged or not a ledger; move it aside, or bring a copy back"
    case .failingDisk: "the disk failed; look at the system's log before going on"
    case .other: nil
    }
  }
}

/// What the ledger itself refuses, before it is told where it happened.
struct Refusal: Error {
  let why: String
  var advice: String?
}
