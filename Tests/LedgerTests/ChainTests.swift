import Digests
import GRDB
import Ledger
import Testing

@Suite("The chain over the ledger") struct ChainTests {
  @Test(
    "an edit of what was recorded is found",
    arguments: [
      ("UPDATE iterations SET verdict = 'kept' WHERE number = 2", 2),
      ("UPDATE iterations SET note = NULL WHERE number = 1", 1),
      ("UPDATE iterations SET objective = 9 WHERE number = 3", 3),
      ("UPDATE runs SET wall_us = wall_us + 1 WHERE iteration = 2 AND position = 1", 2),
      ("UPDATE scores SET value = 1.0000000001 WHERE iteration = 4", 4), ("DELETE FROM runs WHERE iteration = 3", 3),
      ("UPDATE runs SET position = 1 - position + 10 WHERE iteration = 3", 3),
      ("UPDATE iterations SET hash = previous WHERE number = 2", 2),
      ("UPDATE iterations SET hash = NULL, state = 'evaluating' WHERE number = 2", 3),
      (
        "DELETE FROM scores WHERE iteration = 2; DELETE FROM runs WHERE iteration = 2; DELETE FROM iterations WHERE number = 2",
        2
      ),
      ("UPDATE loops SET harness_text = harness_text || ' '", 0), ("UPDATE loops SET champion_iteration = 3", 0),
      ("UPDATE iterations SET champion_moved = 1 WHERE number = 4", 4),
      ("UPDATE scores SET metrics = unit, unit = metrics WHERE iteration = 1", 1),
    ])
  func edits(sql: String, broken: Int) throws {
    try withLedger { path in
      let loop = try Ledger(path: path).filled(iterations: 5)
      try tamper(path, sql)
      #expect(try Ledger(path: path).verifyChain(loop: loop) == broken)
    }
  }

  @Test("a tail that was cut is found against a head kept elsewhere") func cutTail() throws {
    try withLedger { path in
      let ledger = try Ledger(path: path)
      let loop = try ledger.filled(iterations: 5)
      let head = try #require(try ledger.head(loop: loop))
      #expect(head.number == 4)
      #expect(try ledger.verifyChain(loop: loop, head: head) == nil)
      try tamper(
        path,
        "DELETE FROM scores WHERE iteration = 4; DELETE FROM runs WHERE iteration = 4; DELETE FROM iterations WHERE number = 4"
      )
      #expect(try ledger.verifyChain(loop: loop) == nil)
      #expect(try ledger.verifyChain(loop: loop, head: head) == 4)
    }
  }

  @Test("a chain that was computed anew is found against a head kept elsewhere") func anew() throws {
    try withLedger { path in
      let ledger = try Ledger(path: path)
      let loop = try ledger.filled(iterations: 3)
      let forged = LedgerHead(number: 2, hash: Digest(of: "other".utf8))
      #expect(try ledger.verifyChain(loop: loop, head: forged) == 2)
    }
  }

  @Test("the ledger's own connection can't change what is finished", arguments: ["runs", "scores", "iterations"])
  func triggers(table: String) throws {
    try withLedger { path in
      _ = try Ledger(path: path).filled(iterations: 2)
      let queue = try DatabaseQueue(path: path)
      #expect(throws: DatabaseError.self) { try queue.write { try $0.execute(sql: "DELETE FROM \(table)") } }
      #expect(throws: DatabaseError.self) {
        try queue.write { try $0.execute(sql: "UPDATE \(table) SET loop_id = loop_id") }
      }
    }
  }
}

@Suite("Opening a ledger") struct OpeningTests {
  @Test("one that a newer Belljar wrote is left alone") func newer() throws {
    try withLedger { path in
      _ = try Ledger(path: path).filled(iterations: 1)
      try tamper(path, "INSERT INTO grdb_migrations VALUES ('99')")
      let error = #expect(throws: LedgerError.self) { try Ledger(path: path) }
      #expect(
        error?.description
          == "\(path): can't open the ledger: a newer Belljar wrote it; update Belljar, or use another state folder"
      )
    }
  }

  @Test("a file that is no ledger is named, not overwritten") func otherFile() throws {
    try withLedger { path in
      try write("not a database, but long enough to look at: " + String(repeating: "x", count: 5000), to: path)
      let error = #expect(throws: LedgerError.self) { try Ledger(path: path) }
      #expect(error?.description.contains("it is damaged or not a ledger; move it aside") == true)
    }
  }

  @Test("a transaction is on the disk when it returns, and the file is the user's alone") func durability() throws {
    try withLedger { path in
      let ledger = try Ledger(path: path)
      #expect(try ledger.pragma("synchronous") == "2")
      #expect(try ledger.pragma("journal_mode") == "wal")
      #expect(try mode(of: path) == 0o600)
    }
  }

  @Test("the newest iterations are found by an index") func indexes() throws {
    try withLedger { path in
      _ = try Ledger(path: path)
      let plan = try DatabaseQueue(path: path).read {
        try Row.fetchAll(
          $0, sql: "EXPLAIN QUERY PLAN SELECT * FROM iterations WHERE loop_id = 1 ORDER BY number DESC LIMIT 5"
        ).map { $0["detail"] as String }
      }
      #expect(plan.allSatisfy { $0.contains("USING INDEX") && !$0.contains("TEMP B-TREE") })
    }
  }

  @Test("two connections write in turn") func twoWriters() throws {
    try withLedger { path in
      let ledgers = [try Ledger(path: path), try Ledger(path: path)]
      let loop = try ledgers[0].createLoop(.sample)
      for number in 0..<20 {
        let ledger = ledgers[number % 2]
        #expect(try ledger.beginIteration(loop: loop, parent: nil, started: 1) == number)
        try ledger.finishIteration(
          loop: loop, number: number, .sample(.kept), runs: [], scores: [], championMoves: true)
      }
      #expect(try ledgers[0].verifyChain(loop: loop) == nil)
    }
  }
}

/// Edits the file behind the ledger's back.
private func tamper(_ path: String, _ sql: String) throws {
  var configuration = Configuration()
  configuration.foreignKeysEnabled = false
  let queue = try DatabaseQueue(path: path, configuration: configuration)
  try queue.write { database in
    for name in try String.fetchAll(database, sql: "SELECT name FROM sqlite_master WHERE type = 'trigger'") {
      try database.execute(sql: "DROP TRIGGER \(name)")
    }
    try database.execute(sql: sql)
  }
  try queue.close()
}
