internal import Digests
internal import GRDB

/// The hash chain over a loop's finished iterations.
///
/// A link is BLAKE2b-256 over a canonical encoding of what is *stored*: a format name, the previous link, the iteration's row,
/// its runs and its scores in order. The link before the first is the digest of what was fixed when the loop started. Each
/// field is its column's name and its value, both with their lengths, so that no two records encode alike.
enum Chain {
  /// The link before an iteration: the loop's own for the first, nil where the iteration before is not finished.
  static func link(before number: Int, of loop: Int64, in database: Database) throws -> Digest? {
    guard number > 0 else { return try start(of: loop, in: database) }
    let text = try String.fetchOne(
      database, sql: "SELECT hash FROM iterations WHERE loop_id = ? AND number = ?", arguments: [loop, number - 1])
    return text.flatMap { Digest(hex: $0) }
  }

  /// The digest of what was fixed when a loop started.
  static func start(of loop: Int64, in database: Database) throws -> Digest {
    var hasher = Hasher256()
    hasher.update("belljar-loop-1")
    let columns =
      "id, name, checkout, harness_path, harness_text, harness_digest, strategy, agent, seed, baseline_tree, started"
    try add("SELECT \(columns) FROM loops WHERE id = ?", [loop], in: database, to: &hasher)
    return hasher.finish()
  }

  /// The link of an iteration as it is stored.
  static func hash(of number: Int, of loop: Int64, after previous: Digest, in database: Database) throws -> Digest {
    var hasher = Hasher256()
    hasher.update("belljar-iteration-1")
    hasher.update(previous.description)
    // Named one by one: a column that a later version adds must not break the older links.
    let iteration =
      "loop_id, number, parent_iteration, state, candidate, tree, verdict, reason, note, prompt, started, ended, seconds, "
      + "objective, ratio, ratio_low, ratio_high, champion_moved"
    let run =
      "position, step, side, ordinal, outcome, exit_code, wall_us, user_us, sys_us, peak_memory, processes_left, "
      + "stdout_tail, stderr_tail, stdout_digest"
    let score = "position, scorer, role, channel, value, unit, answer, passed, explanation, metrics"
    let place: StatementArguments = [loop, number]
    let ofPlace = "WHERE loop_id = ? AND iteration = ? ORDER BY position"
    try add("SELECT \(iteration) FROM iterations WHERE loop_id = ? AND number = ?", place, in: database, to: &hasher)
    try add("SELECT \(run) FROM runs \(ofPlace)", place, in: database, to: &hasher)
    try add("SELECT \(score) FROM scores \(ofPlace)", place, in: database, to: &hasher)
    return hasher.finish()
  }

  /// Adds a query's rows, and then how many there were.
  private static func add(
    _ query: String, _ arguments: StatementArguments, in database: Database, to hasher: inout Hasher256
  ) throws {
    let rows = try Row.fetchAll(database, sql: query, arguments: arguments)
    for row in rows {
      for (column, value) in row {
        let text =
          switch value.storage {
          case .null: "n"
          case .int64(let number): "i\(number)"
          case .double(let number): "d\(String(number.bitPattern, radix: 16))"
          case .string(let text): "s\(text)"
          case .blob(let bytes): "b\(Digest(of: bytes))"
          }
        hasher.update("\(column)=\(text.utf8.count):")
        hasher.update(text)
      }
    }
    hasher.update("rows=\(rows.count);")
  }
}

extension Ledger {
  /// The newest link of a loop's chain; nil before the baseline is finished.
  package func head(loop: Int64) throws(LedgerError) -> LedgerHead? {
    try read("find the head of loop \(loop)") { database in
      let row = try Row.fetchOne(
        database,
        sql: "SELECT number, hash FROM iterations WHERE loop_id = ? AND hash IS NOT NULL ORDER BY number DESC LIMIT 1",
        arguments: [loop])
      guard let row, let hash = Digest(hex: row["hash"] as String) else { return nil }
      return LedgerHead(number: row["number"], hash: hash)
    }
  }

  /// Computes a loop's chain anew from what is stored.
  ///
  /// - Parameter head: a head that was kept elsewhere; without it a tail that was cut or a chain that was computed anew
  ///   can't be seen.
  /// - Returns: the number of the first iteration that is not as it was written; nil where all of them are.
  package func verifyChain(loop: Int64, head: LedgerHead? = nil) throws(LedgerError) -> Int? {
    try read("verify loop \(loop)") { database in
      var previous = try Chain.start(of: loop, in: database)
      var (expected, finished, champion): (Int, Bool, Int?) = (0, true, nil)
      let rows = try Row.fetchCursor(
        database,
        sql: "SELECT number, previous, hash, champion_moved FROM iterations WHERE loop_id = ? ORDER BY number",
        arguments: [loop])
      while let row = try rows.next() {
        let number: Int = row["number"]
        guard number == expected else { return expected }
        expected += 1
        guard let stored: String = row["hash"] else {
          finished = false
          continue
        }
        let hash = try Chain.hash(of: number, of: loop, after: previous, in: database)
        let before: String? = row["previous"]
        guard finished, stored == hash.description, before == previous.description else { return number }
        if let head, head.number == number, head.hash != hash { return number }
        if row["champion_moved"] { champion = number }
        previous = hash
      }
      if let head, try Chain.link(before: head.number + 1, of: loop, in: database) == nil { return head.number }
      let stored = try Int.fetchOne(
        database, sql: "SELECT champion_iteration FROM loops WHERE id = ?", arguments: [loop])
      return stored == champion ? nil : champion ?? stored
    }
  }
}
