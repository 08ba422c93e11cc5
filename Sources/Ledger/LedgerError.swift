internal import GRDB

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
    case let error as DatabaseError:
      self.init(
        action, path, why: error.message ?? "SQLite error \(error.resultCode.rawValue)", advice: Self.advice(error))
    default: self.init(action, path, why: "\(error)")
    }
  }

  private static func advice(_ error: DatabaseError) -> String? {
    switch error.resultCode {
    case .SQLITE_BUSY, .SQLITE_LOCKED: "another belljar is writing to it; wait for it, or try again"
    case .SQLITE_FULL: "free some disk space and resume the loop: nothing that was recorded is lost"
    case .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_READONLY: "look at the rights of the file and its folder"
    case .SQLITE_CORRUPT, .SQLITE_NOTADB: "it is damaged or not a ledger; move it aside, or bring a copy back"
    case .SQLITE_IOERR: "the disk failed; look at the system's log before going on"
    default: nil
    }
  }
}

/// What the ledger itself refuses, before it is told where it happened.
struct Refusal: Error {
  let why: String
  var advice: String?
}
