import Digests
import FoundationEssentials
import Glibc
import Ledger
import SQLite
import Testing

/// A generator whose numbers depend on its seed alone, so that an edit that was missed can be made again.
private struct Dice: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    // SplitMix64 (Steele, Lea and Flood, 2014).
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}

@Suite("Random edits of a ledger") struct RandomEditTests {
  private static let tables = ["loops", "iterations", "runs", "scores", "events", "agent_steps", "spending"]

  /// A loop with all kinds of records that has ended, as one file.
  private func original(_ path: String) throws -> (loop: Int64, head: Digest) {
    let ledger = try Ledger(path: path)
    let loop = try ledger.filled(iterations: 8)
    for kind in [EventKind.pinned, .interrupted, .resumed, .measured, .paused, .continued] {
      try ledger.record(EventRecord(kind, iteration: 1, at: 5, spent: 3.25, value: 1.5, detail: "why"), loop: loop)
    }
    let number = try ledger.beginIteration(loop: loop, parent: 0, prompt: "p", started: 1)
    try ledger.finishIteration(
      loop: loop, number: number, .sample(.kept), runs: [.sample], scores: [.sample, .sample], championMoves: true,
      steps: [.sample, .unknown])
    try ledger.addIteration(loop: loop, steps: [.unknown, .sample, .sample])
    try ledger.record(EventRecord(.restored, iteration: 0, at: 6), loop: loop)
    let head = try ledger.record(EventRecord(.ended, at: 7, spent: 9, detail: "iterations"), loop: loop)
    return (loop, head.hash)
  }

  /// How many edits each seed makes; BELLJAR_EDITS for more.
  private static let edits = ProcessInfo.processInfo.environment["BELLJAR_EDITS"].flatMap { Int($0) } ?? 60

  @Test("random edits of any field or row are found", arguments: [UInt64(1), 2])
  func found(seed: UInt64) throws {
    try withLedger { path in
      let (loop, head) = try original(path)
      var dice = Dice(state: seed)
      for turn in 0..<Self.edits {
        let copy = "\(path)-\(turn)"
        try Database(path).execute("VACUUM INTO '\(copy)'")
        defer { remove(copy) }
        let what = try { () throws in
          let database = try Database(copy)
          try database.execute("PRAGMA foreign_keys = OFF")
          return try edit(database, &dice)
        }()
        let found: Bool
        do { found = try isBroken(Ledger(path: copy), loop: loop, head: head) } catch { found = true }
        #expect(found, "seed \(seed), turn \(turn): \(what)")
      }
    }
  }

  /// As `belljar verify` looks: at every loop, and for the head.
  private func isBroken(_ ledger: Ledger, loop: Int64, head: Digest) throws -> Bool {
    if try ledger.verifyChain(loop: loop, head: head).fault != nil { return true }
    return try ledger.loops(checkout: "/p").contains { try ledger.verifyChain(loop: $0.id).fault != nil }
  }

  /// Makes one edit that changes something.
  private func edit(_ database: Database, _ dice: inout Dice) throws -> String {
    for name in try database.rows("SELECT name FROM sqlite_master WHERE type = 'trigger'").compactMap({
      $0.read("name") as String?
    }) {
      try database.execute("DROP TRIGGER \(name)")
    }
    let table = Self.tables.randomElement(using: &dice) ?? "runs"
    let count = try database.value("SELECT count(*) FROM \(table)") ?? 0
    let ids = try database.rows("SELECT rowid FROM \(table)").compactMap {
      $0.values.first.flatMap { Int64(stored: $0) }
    }
    let row = ids.randomElement(using: &dice) ?? 1
    let columns = try database.rows("SELECT name FROM pragma_table_info('\(table)')").compactMap {
      $0.read("name") as String?
    }
    switch Int.random(in: 0..<10, using: &dice) {
    case 0:
      try database.execute("DELETE FROM \(table) WHERE rowid = \(row)")
      return "removed row \(row) of \(table)"
    case 1:
      // A copy of a row under a number that is free.
      let key = ["loops": "id", "iterations": "number", "spending": "loop_id"][table] ?? "position"
      let list = columns.map { $0 == key || $0 == "position" ? "\($0) + \(count + 100)" : $0 }
      try database.execute(
        "INSERT INTO \(table) SELECT \(list.joined(separator: ", ")) FROM \(table) WHERE rowid = \(row)")
      return "put a copy of row \(row) into \(table)"
    case 2 where ids.count > 1 && table != "loops":
      let other = ids.filter { $0 != row }.randomElement(using: &dice) ?? 1
      let key = table == "iterations" ? "number" : "position"
      let held = try database.value("SELECT \(key) FROM \(table) WHERE rowid = \(row)") ?? 0
      let others = try database.value("SELECT \(key) FROM \(table) WHERE rowid = \(other)") ?? 0
      // Rows of two iterations may have the same key: then the iteration they belong to is swapped as well.
      let place = columns.contains("iteration") && table != "events"
      let (own, theirs) =
        place
        ? (
          try database.value("SELECT iteration FROM \(table) WHERE rowid = \(row)") ?? 0,
          try database.value("SELECT iteration FROM \(table) WHERE rowid = \(other)") ?? 0
        ) : (0, 0)
      try database.execute("UPDATE \(table) SET \(key) = -77 WHERE rowid = \(row)")
      try database.execute(
        "UPDATE \(table) SET \(key) = \(held)\(place ? ", iteration = \(own)" : "") WHERE rowid = \(other)")
      try database.execute(
        "UPDATE \(table) SET \(key) = \(others)\(place ? ", iteration = \(theirs)" : "") WHERE rowid = \(row)")
      // The samples are alike: what is swapped must differ to be an edit at all.
      try database.execute(
        table == "runs"
          ? "UPDATE runs SET wall_us = wall_us + 1 WHERE rowid = \(row)"
          : table == "agent_steps"
            ? "UPDATE agent_steps SET seconds = seconds + 1 WHERE rowid = \(row)"
            : table == "scores" ? "UPDATE scores SET value = value + 1 WHERE rowid = \(row)" : "SELECT 1")
      return "swapped rows \(row) and \(other) of \(table)"
    case 3:
      // The tail is cut, with all that says that there was more.
      let last = try database.value("SELECT max(position) FROM events") ?? 0
      try database.execute("DELETE FROM events WHERE position >= \(last - Int.random(in: 0..<2, using: &dice))")
      try database.execute("UPDATE loops SET ended = NULL, end_reason = NULL")
      return "cut the tail"
    default:
      let column = columns.randomElement(using: &dice) ?? "loop_id"
      let value =
        try database.row(
          "SELECT \(column) FROM \(table) WHERE rowid = \(row)")?.values.first ?? .null
      let new: String =
        switch value {
        case .null: ["7", "0.5", "'x'", "x'00'"].randomElement(using: &dice) ?? "7"
        case .integer(let number): ["\(number) + 1", "NULL", "'x'"].randomElement(using: &dice) ?? "NULL"
        case .real(let number): ["\(number) + 0.0000001", "NULL", "'x'"].randomElement(using: &dice) ?? "NULL"
        case .text: ["\(column) || ' '", "NULL", "''", "5"].randomElement(using: &dice) ?? "NULL"
        case .blob: "NULL"
        }
      do {
        try database.execute("UPDATE \(table) SET \(column) = \(new) WHERE rowid = \(row)")
      } catch {
        // Not null, or a key that is taken: another kind of edit of the same field.
        let other = String(stored: value) != nil ? "'y'" : "9876"
        try database.execute("UPDATE \(table) SET \(column) = \(other) WHERE rowid = \(row)")
      }
      return "set \(table).\(column) of row \(row) from \(value) to \(new)"
    }
  }
}
