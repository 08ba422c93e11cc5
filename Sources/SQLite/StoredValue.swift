/// A value as SQLite stores it (sqlite.org/datatype3.html).
package enum StoredValue: Sendable, Hashable {
  case null
  case integer(Int64)
  case real(Double)
  case text(String)
  case blob([UInt8])

  package var isNull: Bool { self == .null }
}

/// What can be bound to a statement, and read from a row.
package protocol Storable: Sendable {
  var stored: StoredValue { get }

  /// - Returns: nil where the stored value is of another type, or null.
  init?(stored: StoredValue)
}

extension Int64: Storable {
  package var stored: StoredValue { .integer(self) }

  package init?(stored: StoredValue) {
    guard case .integer(let number) = stored else { return nil }
    self = number
  }
}

extension Int: Storable {
  package var stored: StoredValue { .integer(Int64(self)) }

  package init?(stored: StoredValue) {
    guard case .integer(let number) = stored else { return nil }
    self.init(exactly: number)
  }
}

extension Int32: Storable {
  package var stored: StoredValue { .integer(Int64(self)) }

  package init?(stored: StoredValue) {
    guard case .integer(let number) = stored else { return nil }
    self.init(exactly: number)
  }
}

extension Bool: Storable {
  package var stored: StoredValue { .integer(self ? 1 : 0) }

  package init?(stored: StoredValue) {
    guard case .integer(let number) = stored else { return nil }
    self = number != 0
  }
}

extension Double: Storable {
  package var stored: StoredValue { .real(self) }

  /// Whole numbers are numbers too.
  package init?(stored: StoredValue) {
    switch stored {
    case .real(let number): self = number
    case .integer(let number): self = Double(number)
    case .null, .text, .blob: return nil
    }
  }
}

extension String: Storable {
  package var stored: StoredValue { .text(self) }

  package init?(stored: StoredValue) {
    guard case .text(let text) = stored else { return nil }
    self = text
  }
}
