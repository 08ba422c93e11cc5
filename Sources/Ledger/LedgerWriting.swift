package import Digests
internal import GRDB

extension Ledger {
  /// Records that a loop starts.
  ///
  /// - Returns: the loop's id.
  package func createLoop(_ start: LoopStart) throws(LedgerError) -> Int64 {
    try write("record the loop '\(start.name)'") { database in
      try database.insert("loops", start.columns)
      return database.lastInsertedRowID
    }
  }

  /// Records that a loop ended, and why.
  package func endLoop(_ loop: Int64, reason: String, at ended: Moment) throws(LedgerError) {
    try write("end loop \(loop)") { database in
      try database.update("loops", [("ended", ended), ("end_reason", reason.stored)], "id = ?", [loop])
    }
  }

  /// Takes back that a loop ended, when it is resumed.
  package func resumeLoop(_ loop: Int64) throws(LedgerError) {
    try write("resume loop \(loop)") { database in
      try database.update("loops", [("ended", nil), ("end_reason", nil)], "id = ?", [loop])
    }
  }

  /// Records that an iteration begins.
  ///
  /// - Returns: its number; the baseline's is 0.
  package func beginIteration(
    loop: Int64, parent: Int?, prompt: String? = nil, state: IterationState = .proposing, started: Moment
  ) throws(LedgerError) -> Int {
    try write("begin an iteration of loop \(loop)") { database in
      guard state != .finished else { throw Refusal(why: "an iteration begins unfinished") }
      let last = try Int.fetchOne(
        database, sql: "SELECT number FROM iterations WHERE loop_id = ? ORDER BY number DESC LIMIT 1", arguments: [loop]
      )
      let number = last.map { $0 + 1 } ?? 0
      try database.insert(
        "iterations",
        [
          ("loop_id", loop), ("number", number), ("parent_iteration", parent), ("state", state.rawValue),
          ("prompt", prompt?.stored), ("started", started),
        ])
      return number
    }
  }

  /// Records how far an unfinished iteration is. What is nil stays as it was.
  package func noteIteration(
    loop: Int64, number: Int, state: IterationState, candidate: Digest? = nil, tree: Digest? = nil, note: String? = nil,
    prompt: String? = nil
  ) throws(LedgerError) {
    try write("note the state of iteration \(number)") { database in
      guard state != .finished else { throw Refusal(why: "finishIteration finishes it, with its runs and scores") }
      var columns: [Column] = [("state", state.rawValue)]
      if let candidate { columns.append(("candidate", candidate.description)) }
      if let tree { columns.append(("tree", tree.description)) }
      if let note { columns.append(("note", note.stored)) }
      if let prompt { columns.append(("prompt", prompt.stored)) }
      try database.update("iterations", columns, "loop_id = ? AND number = ?", [loop, number])
    }
  }

  /// Records an iteration's end with its runs and scores, links it to the chain, and moves the champion: all or nothing.
  ///
  /// Iterations are finished in the order of their numbers.
  ///
  /// - Returns: the new head of the chain.
  @discardableResult
  package func finishIteration(
    loop: Int64, number: Int, _ result: IterationResult, runs: [RunRecord], scores: [ScoreRecord], championMoves: Bool
  ) throws(LedgerError) -> LedgerHead {
    try write("finish iteration \(number)") { database in
      guard !championMoves || result.verdict == .kept else {
        throw Refusal(
          why: "the champion moves only to a candidate that was kept; this one was \(result.verdict.rawValue)")
      }
      let place: [(any DatabaseValueConvertible)?] = [loop, number]
      guard let previous = try Chain.link(before: number, of: loop, in: database) else {
        throw Refusal(why: "iteration \(number - 1) is not finished", advice: "finish it first, as invalid if need be")
      }
      let known = try Row.fetchOne(
        database, sql: "SELECT hash FROM iterations WHERE loop_id = ? AND number = ?",
        arguments: StatementArguments(place))
      guard let known else { throw Refusal(why: "it was never begun") }
      guard known["hash"] == nil else { throw Refusal(why: "it is finished already, and the ledger only grows") }
      let moved: [Column] = [("state", IterationState.finished.rawValue), ("champion_moved", championMoves)]
      try database.update("iterations", result.columns + moved, "loop_id = ? AND number = ?", place)
      for (position, run) in runs.enumerated() {
        try database.insert("runs", Self.place(loop, number, position) + run.columns)
      }
      for (position, score) in scores.enumerated() {
        try database.insert("scores", Self.place(loop, number, position) + score.columns)
      }
      let hash = try Chain.hash(of: number, of: loop, after: previous, in: database)
      let link: [Column] = [("previous", previous.description), ("hash", hash.description)]
      try database.update("iterations", link, "loop_id = ? AND number = ?", place)
      if championMoves { try database.update("loops", [("champion_iteration", number)], "id = ?", [loop]) }
      return LedgerHead(number: number, hash: hash)
    }
  }

  private static func place(_ loop: Int64, _ number: Int, _ position: Int) -> [Column] {
    [("loop_id", loop), ("iteration", number), ("position", position)]
  }
}

/// A column and what is stored in it.
typealias Column = (name: String, value: (any DatabaseValueConvertible)?)

extension Database {
  /// Names of tables and columns are our own; only values come from outside, and they are bound.
  func insert(_ table: String, _ columns: [Column]) throws {
    let marks = columns.map { _ in "?" }.joined(separator: ", ")
    try execute(
      sql: "INSERT INTO \(table) (\(columns.map(\.name).joined(separator: ", "))) VALUES (\(marks))",
      arguments: StatementArguments(columns.map(\.value)))
  }

  func update(
    _ table: String, _ columns: [Column], _ condition: String, _ arguments: [(any DatabaseValueConvertible)?]
  ) throws {
    try execute(
      sql: "UPDATE \(table) SET \(columns.map { "\($0.name) = ?" }.joined(separator: ", ")) WHERE \(condition)",
      arguments: StatementArguments(columns.map(\.value) + arguments))
    guard changesCount == 1 else { throw Refusal(why: "there is no such record") }
  }
}

extension String {
  /// The text as SQLite can keep it: it would end a text at a NUL.
  var stored: String { utf8.contains(0) ? String(map { $0 == "\0" ? "\u{2400}" : $0 }) : self }
}
