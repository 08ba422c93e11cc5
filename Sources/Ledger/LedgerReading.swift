package import Digests
internal import SQLite

extension Ledger {
  /// The loops of a checkout, oldest first.
  package func loops(checkout: String) throws(LedgerError) -> [LoopRecord] {
    try read("list the loops") { database in
      try database.rows("SELECT * FROM loops WHERE checkout = ? ORDER BY id", [checkout])
        .map(LoopRecord.init)
    }
  }

  /// The loop of a checkout that was started last.
  package func latestLoop(checkout: String) throws(LedgerError) -> LoopRecord? {
    try read("find the latest loop") { database in
      try database.row(
        "SELECT * FROM loops WHERE checkout = ? ORDER BY id DESC LIMIT 1", [checkout]
      ).map(LoopRecord.init)
    }
  }

  /// A loop by its id.
  package func loop(_ id: Int64) throws(LedgerError) -> LoopRecord? {
    try read("find loop \(id)") { database in
      try database.row("SELECT * FROM loops WHERE id = ?", [id]).map(LoopRecord.init)
    }
  }

  /// The latest loop of a checkout that has a name.
  package func latestLoop(named name: String, checkout: String) throws(LedgerError) -> LoopRecord? {
    try read("find the loop '\(name)'") { database in
      try database.row(
        "SELECT * FROM loops WHERE checkout = ? AND name = ? ORDER BY id DESC LIMIT 1", [checkout, name]
      ).map(LoopRecord.init)
    }
  }

  /// The newest iterations of a loop that pass a filter, in the order of their numbers.
  package func iterations(
    loop: Int64, last count: Int, _ filter: IterationFilter = IterationFilter()
  ) throws(LedgerError) -> [IterationRecord] {
    try read("list the iterations of loop \(loop)") { database in
      try database.rows(
        "SELECT * FROM iterations WHERE loop_id = ?\(filter.sql) ORDER BY number DESC LIMIT ?",
        [loop] + filter.arguments + [max(0, count)]
      ).reversed().map(Self.recordReader(of: loop, in: database))
    }
  }

  /// Hands over a loop's iterations that pass a filter one by one, in the order of their numbers: so that a million of them
  /// take no more memory than one.
  package func eachIteration(
    loop: Int64, _ filter: IterationFilter = IterationFilter(), _ body: (IterationRecord) throws -> Void
  ) throws {
    try read("read the iterations of loop \(loop)") { database in
      let rows = try database.cursor(
        "SELECT * FROM iterations WHERE loop_id = ?\(filter.sql) ORDER BY number", [loop] + filter.arguments)
      let record = try Self.recordReader(of: loop, in: database)
      while let row = try rows.next() { try body(record(row)) }
    }
  }

  /// The same with their runs, scores and steps.
  package func eachDetail(
    loop: Int64, _ filter: IterationFilter = IterationFilter(), _ body: (IterationDetail) throws -> Void
  ) throws {
    try read("read the iterations of loop \(loop)") { database in
      let rows = try database.cursor(
        "SELECT * FROM iterations WHERE loop_id = ?\(filter.sql) ORDER BY number", [loop] + filter.arguments)
      let record = try Self.recordReader(of: loop, in: database)
      while let row = try rows.next() { try body(Self.detail(record(row), in: database)) }
    }
  }

  /// The last iteration that is finished.
  package func lastFinished(loop: Int64) throws(LedgerError) -> IterationRecord? {
    try read("find the last iteration of loop \(loop)") { database in
      try database.row(
        "SELECT * FROM iterations WHERE loop_id = ? AND position IS NOT NULL ORDER BY position DESC LIMIT 1", [loop]
      ).map(Self.recordReader(of: loop, in: database))
    }
  }

  /// The objectives of the iterations that the champion moved to, in their order; at most `count` of the newest.
  package func championObjectives(loop: Int64, last count: Int) throws(LedgerError) -> [Double] {
    try read("list the champions of loop \(loop)") { database in
      try database.rows(
        "SELECT objective FROM iterations WHERE loop_id = ? AND champion_moved = 1 ORDER BY number DESC LIMIT ?",
        [loop, max(0, count)]
      ).reversed().compactMap { $0.read("objective") }
    }
  }

  /// The candidates of the iterations that the champion moved to.
  package func championCandidates(loop: Int64) throws(LedgerError) -> Set<Digest> {
    try read("list the champions of loop \(loop)") { database in
      Set(
        try database.rows(
          "SELECT candidate FROM iterations WHERE loop_id = ? AND champion_moved = 1", [loop]
        ).compactMap { ($0.read("candidate") as String?).flatMap { Digest(hex: $0) } })
    }
  }

  /// How many events of a kind a loop has.
  package func count(_ kind: EventKind, loop: Int64) throws(LedgerError) -> Int {
    try read("count the events of loop \(loop)") { database in
      try database.value("SELECT count(*) FROM events WHERE loop_id = ? AND kind = ?", [loop, kind.rawValue])
        ?? 0
    }
  }

  /// A loop's events of some kinds, in their order.
  package func events(
    loop: Int64, _ kinds: [EventKind] = EventKind.allCases, iteration: Int? = nil, last count: Int = .max
  ) throws(LedgerError) -> [EventRecord] {
    try read("list the events of loop \(loop)") { database in
      let words = kinds.map { "'\($0.rawValue)'" }.joined(separator: ", ")
      return try database.rows(
        "SELECT * FROM events WHERE loop_id = ? AND kind IN (\(words)) AND (?2 IS NULL OR iteration = ?2) "
          + "ORDER BY position DESC LIMIT ?3", [loop, iteration, max(0, count)]
      ).reversed().map(EventRecord.init)
    }
  }

  /// One iteration with its runs, scores and steps.
  package func iteration(loop: Int64, number: Int) throws(LedgerError) -> IterationDetail? {
    try read("find iteration \(number) of loop \(loop)") { database in
      let row = try database.row("SELECT * FROM iterations WHERE loop_id = ? AND number = ?", [loop, number])
      return try row.map { try Self.detail(Self.recordReader(of: loop, in: database)($0), in: database) }
    }
  }

  private static func detail(_ iteration: IterationRecord, in database: Database) throws -> IterationDetail {
    func all(_ table: String) throws -> [Row] {
      try database.rows(
        "SELECT * FROM \(table) WHERE loop_id = ? AND iteration = ? ORDER BY position",
        [iteration.loop, iteration.number])
    }
    return IterationDetail(
      iteration: iteration, runs: try all("runs").map(RunRecord.init), scores: try all("scores").map(ScoreRecord.init),
      steps: iteration.spending == nil ? [] : try steps(iteration.loop, iteration.number, in: database))
  }

  /// Reads a loop's iterations; each is asked for its steps only where the loop has any.
  private static func recordReader(
    of loop: Int64, in database: Database
  ) throws -> (Row) throws -> IterationRecord {
    let any = try database.row("SELECT 1 FROM agent_steps WHERE loop_id = ? LIMIT 1", [loop])
    guard any != nil else { return { try IterationRecord($0, nil) } }
    return { row in
      try IterationRecord(row, AgentSpending(ofLoop: loop, iteration: row.value("number"), in: database))
    }
  }

  /// The iterations that were begun and not finished, in the order of their numbers: while a round runs, several; after a kill,
  /// what is to be done again.
  package func unfinished(loop: Int64) throws(LedgerError) -> [IterationRecord] {
    try read("find the unfinished iterations of loop \(loop)") { database in
      try database.rows(
        "SELECT * FROM iterations WHERE loop_id = ? AND hash IS NULL ORDER BY number", [loop]
      ).map(Self.recordReader(of: loop, in: database))
    }
  }
}

extension Ledger {
  /// The round that began last; nil where none did.
  package func lastRound(loop: Int64) throws(LedgerError) -> LoopRound? {
    try events(loop: loop, [.round], last: 1).last?.detail.flatMap { LoopRound($0) }
  }
}

/// Which iterations are meant.
package struct IterationFilter: Sendable {
  package var verdict: Verdict?
  /// Text that the note, the edit or the reason holds.
  package var text: String?
  /// Begun at or after this moment.
  package var since: Moment?
  /// Only those that the champion moved to.
  package var isChampion = false

  package init() {}

  var sql: String {
    var sql = ""
    if verdict != nil { sql += " AND verdict = ?" }
    if text != nil { sql += " AND (instr(note, ?) OR instr(edit, ?) OR instr(reason, ?))" }
    if since != nil { sql += " AND started >= ?" }
    if isChampion { sql += " AND champion_moved = 1" }
    return sql
  }

  var arguments: [(any Storable)?] {
    var arguments: [(any Storable)?] = []
    if let verdict { arguments.append(verdict.rawValue) }
    if let text { arguments += [text, text, text] }
    if let since { arguments.append(since) }
    return arguments
  }
}
