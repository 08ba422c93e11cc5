internal import CSQLite

/// A connection to one SQLite file. Used by one thread at a time.
package final class Database {
  private let handle: OpaquePointer
  /// Prepared statements that nobody uses right now, by their text. Texts are our own, so there are only so many.
  private var prepared: [String: Statement] = [:]

  /// Opens the file, or makes it, with foreign keys enforced.
  ///
  /// - Parameter wait: How long a call waits for another process's transaction, in milliseconds.
  package init(_ path: String, wait: Int32 = 0) throws {
    var handle: OpaquePointer?
    let code = sqlite3_open_v2(
      path, &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nil)
    guard let handle else { throw SQLiteError(message: "out of memory", code: SQLITE_NOMEM) }
    guard code == SQLITE_OK else {
      defer { sqlite3_close_v2(handle) }
      throw SQLiteError(message: String(cString: sqlite3_errmsg(handle)), code: code)
    }
    self.handle = handle
    sqlite3_busy_timeout(handle, wait)
    try execute("PRAGMA foreign_keys = ON")
  }

  deinit {
    prepared = [:]
    sqlite3_close_v2(handle)
  }

  /// Runs statements that take no values, one after the other.
  package func execute(_ sql: String) throws {
    guard sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK else { throw failure }
  }

  /// Runs one statement to its end.
  ///
  /// - Returns: How many rows it changed.
  @discardableResult
  package func run(_ sql: String, _ values: [(any Storable)?] = []) throws -> Int {
    try withStatement(sql, values) { statement in while try statement.next() != nil {} }
    return Int(sqlite3_changes64(handle))
  }

  /// All rows of an answer.
  package func rows(_ sql: String, _ values: [(any Storable)?] = []) throws -> [Row] {
    try withStatement(sql, values) { statement in
      var rows: [Row] = []
      while let row = try statement.next() { rows.append(row) }
      return rows
    }
  }

  /// The first row of an answer.
  package func row(_ sql: String, _ values: [(any Storable)?] = []) throws -> Row? {
    try withStatement(sql, values) { try $0.next() }
  }

  /// The first value of the first row; nil where it is null, of another type, or where there is no row.
  package func value<Value: Storable>(_ sql: String, _ values: [(any Storable)?] = []) throws -> Value? {
    try row(sql, values)?.values.first.flatMap { Value(stored: $0) }
  }

  /// An answer row by row; other statements may run meanwhile.
  package func cursor(_ sql: String, _ values: [(any Storable)?] = []) throws -> Cursor {
    Cursor(try statement(sql, values), sql, self)
  }

  /// The number of the row that was put in last.
  package var lastInserted: Int64 { sqlite3_last_insert_rowid(handle) }

  /// Runs a transaction: all of it, or nothing.
  ///
  /// - Parameter writes: Whether it may write: it then waits for others that do at its beginning, not in its middle.
  package func transaction<Result>(writes: Bool, _ body: () throws -> Result) throws -> Result {
    try run(writes ? "BEGIN IMMEDIATE" : "BEGIN")
    do {
      let result = try body()
      try run("COMMIT")
      return result
    } catch {
      // Some failures have rolled it back already (sqlite.org/lang_transaction.html).
      if sqlite3_get_autocommit(handle) == 0 { try execute("ROLLBACK") }
      throw error
    }
  }

  private func withStatement<Result>(
    _ sql: String, _ values: [(any Storable)?], _ body: (Statement) throws -> Result
  ) throws -> Result {
    let statement = try statement(sql, values)
    defer { keep(statement, sql) }
    return try body(statement)
  }

  private func statement(_ sql: String, _ values: [(any Storable)?]) throws -> Statement {
    let statement = try prepared.removeValue(forKey: sql) ?? Statement(sql, handle)
    try statement.bind(values)
    return statement
  }

  fileprivate func keep(_ statement: Statement, _ sql: String) {
    statement.reset()
    prepared[sql] = statement
  }

  private var failure: SQLiteError { .last(of: handle) }
}

/// The rows of an answer, one by one.
package final class Cursor {
  private let statement: Statement
  private let sql: String
  private let database: Database

  fileprivate init(_ statement: Statement, _ sql: String, _ database: Database) {
    self.statement = statement
    self.sql = sql
    self.database = database
  }

  deinit { database.keep(statement, sql) }

  package func next() throws -> Row? { try statement.next() }
}

extension SQLiteError {
  static func last(of handle: OpaquePointer) -> SQLiteError {
    SQLiteError(message: String(cString: sqlite3_errmsg(handle)), code: sqlite3_extended_errcode(handle))
  }
}
