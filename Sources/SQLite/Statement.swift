internal import CSQLite

/// A statement that is prepared once and run often.
final class Statement {
  private let handle: OpaquePointer
  private let database: OpaquePointer
  private let columns: [String]
  private var isOver = false

  init(_ sql: String, _ database: OpaquePointer) throws {
    var prepared: OpaquePointer?
    guard sqlite3_prepare_v3(database, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, nil) == SQLITE_OK else {
      throw SQLiteError.last(of: database)
    }
    guard let prepared else { throw SQLiteError(message: "no statement in '\(sql)'", code: SQLITE_MISUSE) }
    handle = prepared
    self.database = database
    columns = (0..<sqlite3_column_count(prepared)).map { String(cString: sqlite3_column_name(prepared, $0)) }
  }

  deinit { sqlite3_finalize(handle) }

  func bind(_ values: [(any Storable)?]) throws {
    isOver = false
    guard values.count == Int(sqlite3_bind_parameter_count(handle)) else {
      throw SQLiteError(
        message: "\(values.count) values for '\(String(cString: sqlite3_sql(handle)))'", code: SQLITE_MISUSE)
    }
    for (index, value) in values.enumerated() {
      guard bind(value?.stored ?? .null, at: Int32(index + 1)) == SQLITE_OK else {
        throw SQLiteError.last(of: database)
      }
    }
  }

  private func bind(_ value: StoredValue, at place: Int32) -> Int32 {
    // SQLITE_TRANSIENT, a cast that Swift can't read: SQLite takes a copy.
    let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
    switch value {
    case .null: return sqlite3_bind_null(handle, place)
    case .integer(let number): return sqlite3_bind_int64(handle, place, number)
    case .real(let number): return sqlite3_bind_double(handle, place, number)
    case .text(var text):
      return text.withUTF8 { bytes in
        bytes.withMemoryRebound(to: CChar.self) {
          let encoding = UInt8(SQLITE_UTF8)
          // A null pointer would be bound as null.
          guard let start = $0.baseAddress else { return sqlite3_bind_text64(handle, place, "", 0, copied, encoding) }
          return sqlite3_bind_text64(handle, place, start, UInt64($0.count), copied, encoding)
        }
      }
    case .blob(let bytes): return sqlite3_bind_blob64(handle, place, bytes, UInt64(bytes.count), copied)
    }
  }

  /// The next row; nil at the end.
  func next() throws -> Row? {
    // One more step would begin anew.
    if isOver { return nil }
    switch sqlite3_step(handle) {
    case SQLITE_ROW: return Row(columns: columns, values: columns.indices.map { value(Int32($0)) })
    case SQLITE_DONE:
      isOver = true
      return nil
    default:
      isOver = true
      throw SQLiteError.last(of: database)
    }
  }

  private func value(_ column: Int32) -> StoredValue {
    switch sqlite3_column_type(handle, column) {
    case SQLITE_INTEGER: return .integer(sqlite3_column_int64(handle, column))
    case SQLITE_FLOAT: return .real(sqlite3_column_double(handle, column))
    case SQLITE_TEXT:
      // In this order: the text's pointer, then its length.
      guard let start = sqlite3_column_text(handle, column) else { return .text("") }
      let count = Int(sqlite3_column_bytes(handle, column))
      let bytes = UnsafeBufferPointer(start: start, count: count)
      // What is no text is none, whatever the column says of it.
      return String(validating: bytes, as: UTF8.self).map { .text($0) } ?? .blob(Array(bytes))
    case SQLITE_BLOB:
      guard let start = sqlite3_column_blob(handle, column) else { return .blob([]) }
      return .blob(Array(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column)))))
    default: return .null
    }
  }

  /// Ends what it was doing, and forgets its values.
  func reset() {
    sqlite3_reset(handle)
    sqlite3_clear_bindings(handle)
  }
}
