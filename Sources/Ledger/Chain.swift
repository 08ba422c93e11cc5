internal import Digests
internal import SQLite

/// The hash chain over what was recorded of a loop.
///
/// A link is BLAKE2b-256 over a canonical encoding of what is *stored*: a format name, the previous link, and either a finished
/// iteration's row with its runs and scores in order, or an event's row. The link before the first is the digest of what was
/// fixed when the loop started. Each field is its column's name and its value, both with their lengths, so that no two records
/// encode alike.
enum Chain {
  /// How the links of a loop are computed; part of what the first one is computed from.
  enum Format: Int {
    /// Iterations only, as Belljar wrote them before there were events.
    case first = 1
    case second = 2

    static let newest = Format.second
  }

  /// What a position of the chain holds.
  enum Link {
    case iteration(Int)
    case event(EventKind)
  }

  /// A loop's head: the link that the next one is computed from, and the position that it will have.
  struct Tip {
    var hash: Digest
    var next: Int
    let format: Format
  }

  // Named one by one: a column that a later version adds must not break the older links.
  private static let loop =
    "id, name, checkout, harness_path, harness_text, harness_digest, strategy, agent, seed, baseline_tree, started"
  private static let loopSecond = loop + ", format, folder, prompt, iteration_limit"
  private static let iteration =
    "loop_id, number, parent_iteration, state, candidate, tree, verdict, reason, note, prompt, started, ended, seconds, "
    + "objective, ratio, ratio_low, ratio_high, champion_moved"
  private static let iterationSecond = iteration + ", position, edit, tries, kept, failures, stale, spent, gain"
  private static let run =
    "position, step, side, ordinal, outcome, exit_code, wall_us, user_us, sys_us, peak_memory, processes_left, "
    + "stdout_tail, stderr_tail, stdout_digest"
  private static let score = "position, scorer, role, channel, value, unit, answer, passed, explanation, metrics"
  private static let scoreSecond = score + ", output"
  private static let step =
    "position, name, kind, model, outcome, trace, seconds, picodollars, input_tokens, cached_tokens, output_tokens, "
    + "requests"
  private static let event = "loop_id, position, kind, iteration, at, spent, value, detail"

  /// How a loop's links are computed.
  static func format(of loop: Int64, in database: Database) throws -> Format {
    let number = try database.value("SELECT format FROM loops WHERE id = ?", [loop]) as Int?
    guard let number else { throw Refusal(why: "there is no loop \(loop)") }
    guard let format = Format(rawValue: number) else {
      throw Refusal(
        why: "its records are of a format that this Belljar doesn't know",
        advice: "update Belljar, or run `belljar verify`")
    }
    return format
  }

  /// The digest of what was fixed when a loop started.
  static func start(of loop: Int64, _ format: Format, in database: Database) throws -> Digest {
    var hasher = Hasher256()
    hasher.update("belljar-loop-\(format.rawValue)")
    let columns = format == .first ? Self.loop : loopSecond
    try add("SELECT \(columns) FROM loops WHERE id = ?", [loop], in: database, to: &hasher)
    return hasher.finish()
  }

  /// The end of a loop's chain as it is stored.
  static func tip(of loop: Int64, in database: Database) throws -> Tip {
    let format = try format(of: loop, in: database)
    let newest = try ["iterations", "events"].compactMap { table in
      try database.row(
        "SELECT position, hash FROM \(table) WHERE loop_id = ? AND position IS NOT NULL ORDER BY position DESC LIMIT 1",
        [loop])
    }.max { try position($0) < position($1) }
    guard let newest else { return Tip(hash: try start(of: loop, format, in: database), next: 0, format: format) }
    guard let hash = Digest(hex: newest.read("hash") ?? "") else {
      throw Refusal(why: "the newest link is damaged", advice: "run `belljar verify`")
    }
    return Tip(hash: hash, next: try position(newest) + 1, format: format)
  }

  private static func position(_ row: Row) throws -> Int { try row.value("position") }

  /// The link of an iteration as it is stored.
  static func hash(
    iteration number: Int, of loop: Int64, after previous: Digest, _ format: Format, in database: Database
  ) throws -> Digest {
    var hasher = Hasher256()
    hasher.update("belljar-iteration-\(format.rawValue)")
    hasher.update(previous.description)
    let place: [(any Storable)?] = [loop, number]
    let ofPlace = "WHERE loop_id = ? AND iteration = ? ORDER BY position"
    let (columns, scores) = format == .first ? (Self.iteration, score) : (iterationSecond, scoreSecond)
    try add("SELECT \(columns) FROM iterations WHERE loop_id = ? AND number = ?", place, in: database, to: &hasher)
    try add("SELECT \(run) FROM runs \(ofPlace)", place, in: database, to: &hasher)
    try add("SELECT \(scores) FROM scores \(ofPlace)", place, in: database, to: &hasher)
    // Iterations without steps have the links that they had before there were any; each part ends with its count of rows, so
    // that a link with steps is never one without.
    try add("SELECT \(step) FROM agent_steps \(ofPlace)", place, in: database, to: &hasher, unlessEmpty: true)
    return hasher.finish()
  }

  /// The link of an event as it is stored.
  static func hash(event position: Int, of loop: Int64, after previous: Digest, in database: Database) throws -> Digest
  {
    var hasher = Hasher256()
    hasher.update("belljar-event-1")
    hasher.update(previous.description)
    try add(
      "SELECT \(event) FROM events WHERE loop_id = ? AND position = ?", [loop, position], in: database, to: &hasher)
    return hasher.finish()
  }

  /// Adds a query's rows, and then how many there were.
  ///
  /// - Parameter unlessEmpty: Whether nothing is added where there are none.
  private static func add(
    _ query: String, _ arguments: [(any Storable)?], in database: Database, to hasher: inout Hasher256,
    unlessEmpty: Bool = false
  ) throws {
    var count = 0
    var text = ""
    let rows = try database.cursor(query, arguments)
    while let row = try rows.next() {
      count += 1
      for (column, value) in zip(row.columns, row.values) {
        let field =
          switch value {
          case .null: "n"
          case .integer(let number): "i\(number)"
          case .real(let number): "d\(String(number.bitPattern, radix: 16))"
          case .text(let text): "s\(text)"
          case .blob(let bytes): "b\(Digest(of: bytes))"
          }
        text += "\(column)=\(field.utf8.count):\(field)"
      }
    }
    if count > 0 || !unlessEmpty { hasher.update(text + "rows=\(count);") }
  }
}

extension Ledger {
  /// The newest link of a loop's chain; nil before anything is recorded of it.
  package func head(loop: Int64) throws(LedgerError) -> LedgerHead? {
    try read("find the head of loop \(loop)") { database in
      let tip = try Chain.tip(of: loop, in: database)
      return tip.next == 0 ? nil : LedgerHead(position: tip.next - 1, hash: tip.hash)
    }
  }
}
