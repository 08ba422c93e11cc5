internal import FoundationEssentials
internal import SQLite
internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Musl
#endif

/// The append-only record of loops: one SQLite file that several processes may read while one writes.
///
/// Every call is one transaction that is on the disk when the call returns (WAL with `synchronous=FULL`), so that a loop can
/// be killed at any instant. Where a call says `soon`, no kill takes it back, and a power cut only before the next ``flush()``.
package final class Ledger: Sendable {
  /// The ledger's file.
  package let path: String
  private let connection: Connection
  private let isDurable: Bool

  /// Opens a ledger, or makes one with the folders above it, readable by the user alone.
  ///
  /// - Parameter durable: Whether a call returns only when the disk has it. Off only for benchmarks.
  package init(path: String, durable: Bool = true) throws(LedgerError) {
    self.path = path
    isDurable = durable
    do {
      if let slash = path.lastIndex(of: "/"), slash > path.startIndex {
        try FileManager.default.createDirectory(
          atPath: String(path[..<slash]), withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
      }
      // One process at a time makes the tables and changes to WAL, for which SQLite's busy timeout does not wait.
      let turn = open("\(path).lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
      defer { if turn >= 0 { close(turn) } }
      while turn >= 0, flock(turn, LOCK_EX) != 0, errno == EINTR {}
      // SQLite gives its -wal and -shm files the same rights as this one. A failure is SQLite's to report.
      let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
      if descriptor >= 0 { close(descriptor) }
      let database = try Database(path, wait: 10_000)
      try database.execute("PRAGMA journal_mode = WAL")
      try database.execute("PRAGMA synchronous = \(durable ? "FULL" : "OFF")")
      try Schema.migrate(database)
      connection = Connection(database)
    } catch {
      throw LedgerError("open the ledger", path, error)
    }
  }

  /// Runs one write transaction.
  ///
  /// - Parameter soon: Whether the disk may have it later than the call returns.
  func write<T>(_ action: String, soon: Bool = false, _ body: (Database) throws -> T) throws(LedgerError) -> T {
    do {
      return try connection.use { database in
        guard soon, isDurable else { return try database.transaction(writes: true) { try body(database) } }
        // In WAL mode NORMAL leaves out the one fsync of a transaction, and nothing else (sqlite.org/pragma.html).
        try database.run("PRAGMA synchronous = NORMAL")
        let written = Result { try database.transaction(writes: true) { try body(database) } }
        try database.run("PRAGMA synchronous = FULL")
        return try written.get()
      }
    } catch {
      throw LedgerError(action, path, error)
    }
  }

  /// Returns when the disk has all that was written so far. From any thread, also while others write.
  package func flush() throws(LedgerError) {
    guard isDurable else { return }
    // SQLite keeps its locks on other files, which closing this one can't lift (fcntl(2)).
    let log = "\(path)-wal"
    let file = open(log, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    // There is none where everything is in the ledger's own file.
    if file < 0, errno == ENOENT { return }
    defer { if file >= 0 { close(file) } }
    guard file >= 0, fdatasync(file) == 0 else {
      throw LedgerError(
        "write to the disk", log,
        Refusal(why: String(cString: strerror(errno)), advice: "is the disk full, or failing?"))
    }
  }

  /// Reads one unchanging state.
  func read<T>(_ action: String, _ body: (Database) throws -> T) throws(LedgerError) -> T {
    do {
      return try connection.use { database in try database.transaction(writes: false) { try body(database) } }
    } catch {
      throw LedgerError(action, path, error)
    }
  }
}

extension Ledger {
  /// What the connection answers to a pragma, for tests and `belljar doctor`.
  package func pragma(_ name: String) throws(LedgerError) -> String? {
    try read("ask for \(name)") { database in
      switch try database.row("PRAGMA \(name)")?.values.first {
      case .text(let text)?: text
      case .integer(let number)?: "\(number)"
      default: nil
      }
    }
  }
}

/// A database that any thread may use, one after the other.
private final class Connection: @unchecked Sendable {
  private let database: Database
  private let turn = Mutex<Void>(())

  init(_ database: consuming Database) { self.database = database }

  func use<Answer>(_ body: (Database) throws -> Answer) throws -> Answer {
    // Not the lock's own result, which would have to be free of what the database keeps.
    var answer: Result<Answer, any Error>?
    turn.withLock { _ in answer = Result { try body(database) } }
    guard let answer else { throw Refusal(why: "nothing was asked") }
    return try answer.get()
  }
}
