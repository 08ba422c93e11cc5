import Glibc
import SQLite
import Testing

@Suite("A SQLite file") struct DatabaseTests {
  /// A database of one table, in a folder that goes with it.
  private func withDatabase(_ body: (Database, String) throws -> Void) throws {
    var template = Array("/tmp/belljar-sqlite-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw SQLiteTestFailure() }
    let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let path = "\(folder)/file"
    defer {
      for name in ["", "-wal", "-shm", "-journal"] { unlink(path + name) }
      rmdir(folder)
    }
    let database = try Database(path)
    try database.execute("CREATE TABLE t (n INTEGER PRIMARY KEY, v)")
    try body(database, path)
  }

  @Test("values come back as they were stored") func values() throws {
    try withDatabase { database, _ in
      let values: [(any Storable)?] = [
        nil, 0, Int64.min, Int64.max, -0.0, 1.5, Double.infinity, "", "a\0b", "日本", true,
        String(repeating: "x", count: 100_000),
      ]
      for value in values { try database.run("INSERT INTO t (v) VALUES (?)", [value]) }
      let rows = try database.rows("SELECT v FROM t ORDER BY n")
      #expect(rows.map { $0["v"] } == values.map { $0?.stored ?? .null })
      #expect(database.lastInserted == Int64(values.count))
    }
  }

  @Test("a type is read as itself, or not at all") func types() throws {
    try withDatabase { database, _ in
      try database.execute("INSERT INTO t (v) VALUES (7), (0.5), ('x'), (NULL), (x'00ff')")
      let rows = try database.rows("SELECT v FROM t ORDER BY n")
      #expect(rows.map { $0.read("v") as Int? } == [7, nil, nil, nil, nil])
      #expect(rows.map { $0.read("v") as Double? } == [7, 0.5, nil, nil, nil])
      #expect(rows.map { $0.read("v") as String? } == [nil, nil, "x", nil, nil])
      #expect(rows.map { $0.read("v") as Bool? } == [true, nil, nil, nil, nil])
      #expect(rows.last?["v"] == .blob([0, 255]))
      #expect(rows.first?["absent"] == nil)
      #expect((try database.value("SELECT 5000000000") as Int32?) == nil)
    }
  }

  @Test("what is no text is not taken for one") func brokenText() throws {
    try withDatabase { database, _ in
      try database.execute("INSERT INTO t (v) VALUES (CAST(x'61ff62' AS TEXT))")
      #expect(try database.row("SELECT v FROM t")?["v"] == .blob([0x61, 0xff, 0x62]))
    }
  }

  @Test("statements are used again, also while one of the same text is under way") func reuse() throws {
    try withDatabase { database, _ in
      for number in 0..<10 { try database.run("INSERT INTO t (v) VALUES (?)", [number]) }
      var pairs = 0
      let outer = try database.cursor("SELECT v FROM t WHERE v < ?", [3])
      while try outer.next() != nil {
        let inner = try database.cursor("SELECT v FROM t WHERE v < ?", [2])
        while try inner.next() != nil { pairs += 1 }
        #expect(try inner.next() == nil, "an end stays one")
      }
      #expect(pairs == 6)
      #expect(try database.rows("SELECT v FROM t WHERE v < ?", [1]).count == 1)
    }
  }

  @Test("a transaction is done whole or not at all") func transactions() throws {
    try withDatabase { database, _ in
      #expect(throws: SQLiteTestFailure.self) {
        try database.transaction(writes: true) {
          try database.run("INSERT INTO t (v) VALUES (1)")
          throw SQLiteTestFailure()
        }
      }
      #expect((try database.value("SELECT count(*) FROM t") as Int?) == 0)
      #expect(throws: SQLiteError.self) {
        try database.transaction(writes: true) {
          try database.run("INSERT INTO t (n) VALUES (1)")
          try database.run("INSERT INTO t (n) VALUES (1)")
        }
      }
      let count = try database.transaction(writes: true) { try database.run("INSERT INTO t (v) VALUES (1), (2)") }
      #expect(count == 2)
      #expect((try database.value("SELECT count(*) FROM t") as Int?) == 2)
    }
  }

  @Test("what fails says what kind of failure it is") func failures() throws {
    try withDatabase { database, path in
      func kind(_ body: () throws -> Void) -> SQLiteError.Kind? {
        do { try body() } catch { return (error as? SQLiteError)?.kind }
        return nil
      }
      let other = try Database(path)
      try database.transaction(writes: true) {
        #expect(kind { try other.transaction(writes: true) {} } == .busy)
      }
      #expect(kind { _ = try Database("\(path)/below") } == .denied)
      #expect(kind { try database.execute("PRAGMA max_page_count = 3") } == nil)
      #expect(kind { try database.run("INSERT INTO t (v) VALUES (zeroblob(100000))") } == .full)
      #expect(kind { try database.run("SELECT nothing") } == .other)
      #expect(kind { try database.run("SELECT ?", [1, 2]) } == .other)
      #expect(kind { try database.run("") } == .other)
      let file = open(path, O_WRONLY)
      #expect(pwrite(file, "no database at all", 18, 0) == 18)
      close(file)
      #expect(kind { _ = try Database(path).rows("SELECT * FROM t") } == .damaged)
    }
  }
}

private struct SQLiteTestFailure: Error {}
