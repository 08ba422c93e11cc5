internal import GRDB

extension Ledger {
  /// The loops of a checkout, oldest first.
  package func loops(checkout: String) throws(LedgerError) -> [LoopRecord] {
    try read("list the loops") { database in
      try Row.fetchAll(database, sql: "SELECT * FROM loops WHERE checkout = ? ORDER BY id", arguments: [checkout])
        .map(LoopRecord.init)
    }
  }

  /// The loop of a checkout that was started last.
  package func latestLoop(checkout: String) throws(LedgerError) -> LoopRecord? {
    try read("find the latest loop") { database in
      try Row.fetchOne(
        database, sql: "SELECT * FROM loops WHERE checkout = ? ORDER BY id DESC LIMIT 1", arguments: [checkout]
      ).map(LoopRecord.init)
    }
  }

  /// A loop by its id.
  package func loop(_ id: Int64) throws(LedgerError) -> LoopRecord? {
    try read("find loop \(id)") { database in
      try Row.fetchOne(database, sql: "SELECT * FROM loops WHERE id = ?", arguments: [id]).map(LoopRecord.init)
    }
  }

  /// The newest iterations of a loop, in the order of their numbers.
  package func iterations(loop: Int64, last count: Int = .max) throws(LedgerError) -> [IterationRecord] {
    try read("list the iterations of loop \(loop)") { database in
      try Row.fetchAll(
        database, sql: "SELECT * FROM iterations WHERE loop_id = ? ORDER BY number DESC LIMIT ?",
        arguments: [loop, max(0, count)]
      ).reversed().map(IterationRecord.init)
    }
  }

  /// One iteration with its runs and scores.
  package func iteration(loop: Int64, number: Int) throws(LedgerError) -> IterationDetail? {
    try read("find iteration \(number) of loop \(loop)") { database in
      let place: StatementArguments = [loop, number]
      let row = try Row.fetchOne(
        database, sql: "SELECT * FROM iterations WHERE loop_id = ? AND number = ?", arguments: place)
      guard let row else { return nil }
      let runs = try Row.fetchAll(
        database, sql: "SELECT * FROM runs WHERE loop_id = ? AND iteration = ? ORDER BY position", arguments: place)
      let scores = try Row.fetchAll(
        database, sql: "SELECT * FROM scores WHERE loop_id = ? AND iteration = ? ORDER BY position", arguments: place)
      return IterationDetail(
        iteration: try IterationRecord(row), runs: try runs.map(RunRecord.init), scores: scores.map(ScoreRecord.init))
    }
  }

  /// The iterations that were begun and not finished: after a kill, what is to be done again.
  package func unfinished(loop: Int64) throws(LedgerError) -> [IterationRecord] {
    try read("find the unfinished iterations of loop \(loop)") { database in
      try Row.fetchAll(
        database, sql: "SELECT * FROM iterations WHERE loop_id = ? AND hash IS NULL ORDER BY number", arguments: [loop]
      ).map(IterationRecord.init)
    }
  }
}
