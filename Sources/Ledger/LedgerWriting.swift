package import Digests
internal import SQLite

extension Ledger {
  /// Records that a loop starts.
  ///
  /// - Returns: the loop's id.
  package func createLoop(_ start: LoopStart) throws(LedgerError) -> Int64 {
    try write("record the loop '\(start.name)'") { database in
      try database.insert("loops", start.columns)
      return database.lastInserted
    }
  }

  /// Records an event, and what it changes of the loop itself: all or nothing.
  ///
  /// An `ended` event ends the loop, a `resumed` one takes that back, a `restored` one moves the champion to its iteration.
  ///
  /// - Returns: The new head of the chain.
  @discardableResult
  package func record(_ event: EventRecord, loop: Int64) throws(LedgerError) -> LedgerHead {
    try write("record '\(event.kind.rawValue)' of loop \(loop)") { try Self.take(event, loop: loop, in: $0) }
  }

  /// Records an event and another that follows from it: both or neither.
  @discardableResult
  package func record(_ event: EventRecord, then next: EventRecord, loop: Int64) throws(LedgerError) -> LedgerHead {
    try write("record '\(event.kind.rawValue)' and '\(next.kind.rawValue)' of loop \(loop)") { database in
      _ = try Self.take(event, loop: loop, in: database)
      return try Self.take(next, loop: loop, in: database)
    }
  }

  private static func take(_ event: EventRecord, loop: Int64, in database: Database) throws -> LedgerHead {
    if let iteration = event.iteration, event.kind != .interrupted {
      try requireFinished(iteration, of: loop, kept: event.kind == .restored, in: database)
    }
    let head = try append(event, to: loop, in: database)
    switch event.kind {
    case .ended:
      try database.update("loops", [("ended", event.at), ("end_reason", event.detail?.stored)], "id = ?", [loop])
    case .resumed: try database.update("loops", [("ended", nil), ("end_reason", nil)], "id = ?", [loop])
    case .restored: try database.update("loops", [("champion_iteration", event.iteration)], "id = ?", [loop])
    default: break
    }
    return head
  }

  private static func requireFinished(_ number: Int, of loop: Int64, kept: Bool, in database: Database) throws {
    let verdict = try database.row(
      "SELECT verdict FROM iterations WHERE loop_id = ? AND number = ? AND hash IS NOT NULL", [loop, number])
    guard let verdict else {
      throw Refusal(why: "iteration \(number) is not finished", advice: "`belljar log` shows those that are")
    }
    guard !kept || verdict.read("verdict") == Verdict.kept.rawValue else {
      throw Refusal(
        why: "the champion goes back only to what was kept; iteration \(number) was "
          + (try verdict.value("verdict") as String), advice: "`belljar log --verdict kept` shows those that were")
    }
  }

  static func append(_ event: EventRecord, to loop: Int64, in database: Database) throws -> LedgerHead {
    let tip = try Chain.tip(of: loop, in: database)
    let columns: [Column] = [("loop_id", loop), ("position", tip.next)] + event.columns
    // A link is computed from what is stored; until it has one, a row may still be changed.
    try database.insert("events", columns + [("previous", tip.hash.description), ("hash", "")])
    let hash = try Chain.hash(event: tip.next, of: loop, after: tip.hash, in: database)
    try database.update("events", [("hash", hash.description)], "loop_id = ? AND position = ?", [loop, tip.next])
    return LedgerHead(position: tip.next, hash: hash)
  }

  /// Records that an iteration begins.
  ///
  /// - Parameter soon: Whether the disk may have it later.
  /// - Returns: its number; the baseline's is 0.
  package func beginIteration(
    loop: Int64, parent: Int?, prompt: String? = nil, state: IterationState = .proposing, started: Moment,
    soon: Bool = false
  ) throws(LedgerError) -> Int {
    try write("begin an iteration of loop \(loop)", soon: soon) { database in
      guard state != .finished else { throw Refusal(why: "an iteration begins unfinished") }
      let number = try Self.nextNumber(of: loop, in: database)
      try Self.begin(number, of: loop, parent: parent, prompt: prompt, state: state, started: started, in: database)
      return number
    }
  }

  /// Records that a round of tries begins: that it does, and all of its tries, or nothing.
  ///
  /// - Parameters:
  ///   - tries: One for each number of the round, in their order.
  ///   - spent: Seconds that the loop had spent by then.
  package func beginRound(
    _ round: LoopRound, loop: Int64, _ tries: [IterationStart], started: Moment, spent: Double
  ) throws(LedgerError) {
    try write("begin the tries \(round.numbers) of loop \(loop)") { database in
      guard tries.count == round.numbers.count else { throw Refusal(why: "\(tries.count) tries were named") }
      let next = try Self.nextNumber(of: loop, in: database)
      guard round.numbers.lowerBound == next else { throw Refusal(why: "the next number is \(next)") }
      _ = try Self.append(EventRecord(.round, at: started, spent: spent, detail: round.text), to: loop, in: database)
      for (number, start) in zip(round.numbers, tries) {
        try Self.begin(
          number, of: loop, parent: start.parent, prompt: start.prompt, state: .proposing, started: started,
          in: database)
      }
    }
  }

  private static func nextNumber(of loop: Int64, in database: Database) throws -> Int {
    let last: Int? = try database.value(
      "SELECT number FROM iterations WHERE loop_id = ? ORDER BY number DESC LIMIT 1", [loop])
    return last.map { $0 + 1 } ?? 0
  }

  private static func begin(
    _ number: Int, of loop: Int64, parent: Int?, prompt: String?, state: IterationState, started: Moment,
    in database: Database
  ) throws {
    try database.insert(
      "iterations",
      [
        ("loop_id", loop), ("number", number), ("parent_iteration", parent), ("state", state.rawValue),
        ("prompt", prompt?.stored), ("started", started),
      ])
  }

  /// Takes an unfinished iteration up again: an attempt of its own, of which nothing is known yet. That the one before was
  /// interrupted is recorded with it.
  package func beginAgain(
    loop: Int64, number: Int, parent: Int?, prompt: String?, state: IterationState = .proposing, started: Moment,
    interrupted: EventRecord
  ) throws(LedgerError) {
    try write("begin iteration \(number) again") { database in
      guard state != .finished else { throw Refusal(why: "an iteration begins unfinished") }
      _ = try Self.append(interrupted, to: loop, in: database)
      try database.update(
        "iterations",
        [
          ("parent_iteration", parent), ("state", state.rawValue), ("prompt", prompt?.stored), ("started", started),
          ("candidate", nil), ("tree", nil), ("note", nil),
        ], "loop_id = ? AND number = ? AND hash IS NULL", [loop, number])
    }
  }

  /// Records how far an unfinished iteration is. What is nil stays as it was.
  ///
  /// - Parameter soon: Whether the disk may have it later.
  package func noteIteration(
    loop: Int64, number: Int, state: IterationState, candidate: Digest? = nil, tree: Digest? = nil, note: String? = nil,
    prompt: String? = nil, soon: Bool = false
  ) throws(LedgerError) {
    try write("note the state of iteration \(number)", soon: soon) { database in
      guard state != .finished else { throw Refusal(why: "finishIteration finishes it, with its runs and scores") }
      var columns: [Column] = [("state", state.rawValue)]
      if let candidate { columns.append(("candidate", candidate.description)) }
      if let tree { columns.append(("tree", tree.description)) }
      if let note { columns.append(("note", note.stored)) }
      if let prompt { columns.append(("prompt", prompt.stored)) }
      try database.update("iterations", columns, "loop_id = ? AND number = ?", [loop, number])
    }
  }

  /// Records an iteration's end with its runs, scores and steps, links it to the chain, and moves the champion: all or nothing.
  ///
  /// Iterations are finished in the order of their numbers.
  ///
  /// - Parameters:
  ///   - events: What is recorded with it, before it.
  ///   - steps: What its agent did, in the order of the steps.
  /// - Returns: the new head of the chain.
  @discardableResult
  package func finishIteration(
    loop: Int64, number: Int, _ result: IterationResult, runs: [RunRecord], scores: [ScoreRecord], championMoves: Bool,
    events: [EventRecord] = [], steps: [AgentStepRecord] = []
  ) throws(LedgerError) -> LedgerHead {
    try write("finish iteration \(number)") { database in
      guard !championMoves || result.verdict == .kept else {
        throw Refusal(
          why: "the champion moves only to a candidate that was kept; this one was \(result.verdict.rawValue)")
      }
      let place: [(any Storable)?] = [loop, number]
      guard try number == 0 || Self.isFinished(number - 1, of: loop, in: database) == true else {
        throw Refusal(why: "iteration \(number - 1) is not finished", advice: "finish it first, as invalid if need be")
      }
      guard let isFinished = try Self.isFinished(number, of: loop, in: database) else {
        throw Refusal(why: "it was never begun")
      }
      guard !isFinished else { throw Refusal(why: "it is finished already, and the ledger only grows") }
      for event in events { _ = try Self.append(event, to: loop, in: database) }
      let tip = try Chain.tip(of: loop, in: database)
      let moved: [Column] = [
        ("state", IterationState.finished.rawValue), ("champion_moved", championMoves), ("position", tip.next),
      ]
      try database.update("iterations", result.columns + moved, "loop_id = ? AND number = ?", place)
      for (position, run) in runs.enumerated() {
        try database.insert("runs", Self.place(loop, number, position) + run.columns)
      }
      for (position, score) in scores.enumerated() {
        try database.insert("scores", Self.place(loop, number, position) + score.columns)
      }
      for (position, step) in steps.enumerated() {
        try database.insert("agent_steps", Self.place(loop, number, position) + step.columns)
      }
      let hash = try Chain.hash(iteration: number, of: loop, after: tip.hash, tip.format, in: database)
      let link: [Column] = [("previous", tip.hash.description), ("hash", hash.description)]
      try database.update("iterations", link, "loop_id = ? AND number = ?", place)
      if championMoves { try database.update("loops", [("champion_iteration", number)], "id = ?", [loop]) }
      return LedgerHead(position: tip.next, hash: hash)
    }
  }

  /// Whether an iteration is finished; nil where it was never begun.
  private static func isFinished(_ number: Int, of loop: Int64, in database: Database) throws -> Bool? {
    try database.value("SELECT hash IS NOT NULL FROM iterations WHERE loop_id = ? AND number = ?", [loop, number])
  }

  private static func place(_ loop: Int64, _ number: Int, _ position: Int) -> [Column] {
    [("loop_id", loop), ("iteration", number), ("position", position)]
  }
}

/// A column and what is stored in it.
typealias Column = (name: String, value: (any Storable)?)

extension Database {
  /// Names of tables and columns are our own; only values come from outside, and they are bound.
  func insert(_ table: String, _ columns: [Column]) throws {
    let marks = columns.map { _ in "?" }.joined(separator: ", ")
    try run(
      "INSERT INTO \(table) (\(columns.map(\.name).joined(separator: ", "))) VALUES (\(marks))",
      columns.map(\.value))
  }

  func update(
    _ table: String, _ columns: [Column], _ condition: String, _ arguments: [(any Storable)?]
  ) throws {
    let changed = try run(
      "UPDATE \(table) SET \(columns.map { "\($0.name) = ?" }.joined(separator: ", ")) WHERE \(condition)",
      columns.map(\.value) + arguments)
    guard changed == 1 else { throw Refusal(why: "there is no such record") }
  }
}

extension String {
  /// The text as SQLite can keep it: it would end a text at a NUL.
  var stored: String { utf8.contains(0) ? String(map { $0 == "\0" ? "\u{2400}" : $0 }) : self }
}
