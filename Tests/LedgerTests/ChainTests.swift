import Digests
import Ledger
import SQLite
import Testing

@Suite("The chain over the ledger") struct ChainTests {
  @Test(
    "an edit of what was recorded is found, and named",
    arguments: [
      ("UPDATE iterations SET verdict = 'kept' WHERE number = 2", "try 2: it was changed"),
      ("UPDATE iterations SET note = NULL WHERE number = 1", "try 1: it was changed"),
      ("UPDATE iterations SET objective = 9 WHERE number = 3", "try 3: it was changed"),
      ("UPDATE iterations SET spent = spent - 1 WHERE number = 3", "try 3: it was changed"),
      ("UPDATE runs SET wall_us = wall_us + 1 WHERE iteration = 2 AND position = 1", "try 2: it was changed"),
      ("UPDATE scores SET value = 1.0000000001 WHERE iteration = 4", "try 4: it was changed"),
      ("DELETE FROM runs WHERE iteration = 3", "try 3: it was changed"),
      ("UPDATE runs SET position = 1 - position + 10 WHERE iteration = 3", "try 3: it was changed"),
      ("UPDATE iterations SET hash = previous WHERE number = 2", "try 2: it was changed"),
      (
        "UPDATE iterations SET hash = NULL, position = NULL, state = 'evaluating' WHERE number = 2",
        "record 2: this record was removed, or others were put in its place"
      ),
      (
        "DELETE FROM scores WHERE iteration = 2; DELETE FROM runs WHERE iteration = 2; DELETE FROM iterations WHERE number = 2",
        "record 2: this record was removed, or others were put in its place"
      ),
      ("UPDATE loops SET harness_text = harness_text || ' '", "try 0: it was changed"),
      ("UPDATE loops SET format = 1", "try 0: it was changed"),
      (
        "UPDATE loops SET champion_iteration = 3",
        "try 0: the loop names another champion than its records"
      ),
      ("UPDATE loops SET end_reason = 'target'", "the loop's end is not the one that was recorded"),
      ("UPDATE iterations SET champion_moved = 1 WHERE number = 4", "try 4: it was changed"),
      ("UPDATE scores SET metrics = unit, unit = metrics WHERE iteration = 1", "try 1: it was changed"),
      ("UPDATE events SET detail = 'other' WHERE kind = 'note'", "record 5: it was changed"),
      ("DELETE FROM events WHERE kind = 'note'", "record 5: this record was removed, or others were put in its place"),
      ("UPDATE events SET spent = 'a text'", "record 5: it was changed"),
      ("DELETE FROM loops", "loop 1 was removed"),
      ("UPDATE runs SET loop_id = 9 WHERE iteration = 1", "a row of 'runs' belongs to no loop"),
      ("UPDATE scores SET iteration = 77 WHERE iteration = 1", "try 1: it was changed"),
    ])
  func edits(sql: String, fault: String) throws {
    try withLedger { path in
      let ledger = try Ledger(path: path)
      let loop = try ledger.filled(iterations: 5)
      try ledger.record(EventRecord(.note, iteration: 2, at: 7, detail: "looks odd"), loop: loop)
      try ledger.record(EventRecord(.ended, at: 8, detail: "iterations"), loop: loop)
      try tamper(path, sql)
      #expect(try Ledger(path: path).verifyChain(loop: loop).fault == fault)
    }
  }

  @Test(
    "a try of a round under way that was removed or put in is found",
    arguments: [
      ("DELETE FROM iterations WHERE number = 3", "try 3: it began with others, and was removed"),
      ("DELETE FROM iterations WHERE number = 4", "try 4: it began with others, and was removed"),
      (
        "INSERT INTO iterations (loop_id, number, state, started) VALUES (1, 5, 'proposing', 9)",
        "it is in no chain: it was put in"
      ),
      ("UPDATE iterations SET verdict = 'kept' WHERE number = 4", "try 4: it is in no chain: it was put in"),
      ("UPDATE events SET detail = 'tries 2-5 from 0' WHERE kind = 'round'", "it was changed"),
    ])
  func brokenRound(edit: String, fault: String) throws {
    try withLedger { path in
      let ledger = try Ledger(path: path)
      let loop = try ledger.filled(iterations: 2)
      let starts = (2...4).map { IterationStart(parent: 0, prompt: "try \($0)") }
      try ledger.beginRound(LoopRound(2...4, champion: 0), loop: loop, starts, started: 9, spent: 1)
      try ledger.finishIteration(
        loop: loop, number: 2, .sample(.discarded), runs: [], scores: [], championMoves: false)
      try tamper(path, edit)
      #expect(try Ledger(path: path).verifyChain(loop: loop).fault?.contains(fault) == true, "\(edit)")
    }
  }

  @Test("a tail that was cut is found against a head kept elsewhere; what came after a head is not") func cutTail()
    throws
  {
    try withLedger { path in
      let ledger = try Ledger(path: path)
      let loop = try ledger.filled(iterations: 5)
      let head = try #require(try ledger.head(loop: loop))
      #expect(head.position == 4)
      #expect(
        try ledger.verifyChain(loop: loop, head: head.hash) == .intact(ChainReport(head: head, keptHead: 4)))
      let later = try ledger.record(EventRecord(.note, iteration: 2, at: 7, detail: "later"), loop: loop)
      #expect(
        try ledger.verifyChain(loop: loop, head: head.hash) == .intact(ChainReport(head: later, keptHead: 4)))
      try tamper(
        path,
        "DELETE FROM events; DELETE FROM scores WHERE iteration = 4; DELETE FROM runs WHERE iteration = 4; DELETE FROM iterations WHERE number = 4"
      )
      #expect(try ledger.verifyChain(loop: loop).fault == nil)
      #expect(
        try ledger.verifyChain(loop: loop, head: head.hash).fault
          == "record 4: the head that you kept is in no record: the tail was cut, or the chain computed anew")
    }
  }

  @Test("a chain of the first format is still found unbroken, and can go on") func firstFormat() throws {
    try withLedger { path in
      let loop = try Ledger(path: path).filled(iterations: 3)
      // What the first format's links were computed from: the same rows, without the later columns.
      try tamper(path, "UPDATE loops SET format = 1")
      try relink(path, loop: loop, iterations: 3)
      let ledger = try Ledger(path: path)
      #expect(try ledger.verifyChain(loop: loop).fault == nil)
      try ledger.record(EventRecord(.note, iteration: 1, at: 1, detail: "n"), loop: loop)
      let number = try ledger.beginIteration(loop: loop, parent: 0, started: 1)
      try ledger.finishIteration(
        loop: loop, number: number, .sample(.kept), runs: [.sample], scores: [.sample], championMoves: true)
      #expect(try ledger.verifyChain(loop: loop).fault == nil)
      try tamper(path, "UPDATE iterations SET seconds = 1 WHERE number = 1")
      #expect(try ledger.verifyChain(loop: loop).fault == "try 1: it was changed")
    }
  }

  @Test(
    "the ledger's own connection can't change what is finished",
    arguments: ["runs", "scores", "iterations", "events", "loops"])
  func triggers(table: String) throws {
    try withLedger { path in
      let ledger = try Ledger(path: path)
      let loop = try ledger.filled(iterations: 2)
      try ledger.record(EventRecord(.note, iteration: 1, at: 1), loop: loop)
      let database = try Database(path)
      #expect(throws: SQLiteError.self) { try database.execute("DELETE FROM \(table)") }
      if table == "loops" { return }
      #expect(throws: SQLiteError.self) { try database.execute("UPDATE \(table) SET loop_id = loop_id") }
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
      let plan = try Database(path).rows(
        "EXPLAIN QUERY PLAN SELECT * FROM iterations WHERE loop_id = 1 ORDER BY number DESC LIMIT 5"
      ).compactMap { $0.read("detail") as String? }
      #expect(!plan.isEmpty)
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
      #expect(try ledgers[0].verifyChain(loop: loop).fault == nil)
    }
  }
}

/// Computes the links of the first format anew, as a Belljar of that time wrote them.
private func relink(_ path: String, loop: Int64, iterations: Int) throws {
  var previous = ""
  for number in 0..<iterations {
    let hash = try firstFormatLink(Database(path), loop: loop, number: number, previous: &previous)
    try tamper(
      path, "UPDATE iterations SET previous = '\(previous)', hash = '\(hash)' WHERE number = \(number)",
      restoring: true)
    previous = hash
  }
}

private func firstFormatLink(_ database: Database, loop: Int64, number: Int, previous: inout String) throws -> String {
  if number == 0 {
    let columns =
      "id, name, checkout, harness_path, harness_text, harness_digest, strategy, agent, seed, baseline_tree, started"
    previous =
      Digest(
        of: ("belljar-loop-1" + (try chainFields(database, "SELECT \(columns) FROM loops WHERE id = \(loop)"))).utf8
      ).description
  }
  let iteration =
    "loop_id, number, parent_iteration, state, candidate, tree, verdict, reason, note, prompt, started, ended, seconds, objective, ratio, ratio_low, ratio_high, champion_moved"
  let run =
    "position, step, side, ordinal, outcome, exit_code, wall_us, user_us, sys_us, peak_memory, processes_left, stdout_tail, stderr_tail, stdout_digest"
  let score = "position, scorer, role, channel, value, unit, answer, passed, explanation, metrics"
  let place = "WHERE loop_id = \(loop) AND iteration = \(number) ORDER BY position"
  let text =
    "belljar-iteration-1" + previous
    + (try chainFields(database, "SELECT \(iteration) FROM iterations WHERE loop_id = \(loop) AND number = \(number)"))
    + (try chainFields(database, "SELECT \(run) FROM runs \(place)"))
    + (try chainFields(database, "SELECT \(score) FROM scores \(place)"))
  return Digest(of: text.utf8).description
}

/// Edits the file behind the ledger's back.
///
/// - Parameter restoring: Whether the ledger's triggers stay for later.
func tamper(_ path: String, _ sql: String, restoring: Bool = false) throws {
  let database = try Database(path)
  try database.execute("PRAGMA foreign_keys = OFF")
  let triggers = try database.rows("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
  for row in triggers { try database.execute("DROP TRIGGER \(row.read("name") ?? "")") }
  try database.execute(sql)
  if restoring { for row in triggers { try database.execute(row.read("sql") ?? "") } }
}
