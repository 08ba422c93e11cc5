internal import CSQLite

/// What SQLite could not do.
package struct SQLiteError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The kinds that a caller may have advice for (sqlite.org/rescode.html).
  package enum Kind: Sendable, Hashable {
    case busy, full, denied, damaged, failingDisk, other
  }

  /// SQLite's own words.
  package let message: String
  /// Its extended result code.
  package let code: Int32

  package var description: String { "\(message) (SQLite code \(code))" }

  package var kind: Kind {
    switch code & 0xff {
    case SQLITE_BUSY, SQLITE_LOCKED: .busy
    case SQLITE_FULL: .full
    case SQLITE_CANTOPEN, SQLITE_PERM, SQLITE_READONLY: .denied
    case SQLITE_CORRUPT, SQLITE_NOTADB: .damaged
    case SQLITE_IOERR: .failingDisk
    default: .other
    }
  }
}
