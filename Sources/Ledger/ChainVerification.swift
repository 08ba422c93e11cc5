package import Digests
internal import SQLite

/// The first place where a record is not as it was written.
package struct ChainFault: Sendable, Hashable, CustomStringConvertible {
  /// Where in the chain, counted from 0; nil for what is in no chain.
  package let position: Int?
  /// The iteration there, where it is one.
  package let iteration: Int?
  /// What was found.
  package let what: String

  init(_ what: String, position: Int? = nil, iteration: Int? = nil) {
    self.what = what
    self.position = position
    self.iteration = iteration
  }

  package var description: String {
    (iteration.map { "try \($0): " } ?? position.map { "record \($0): " } ?? "") + what
  }
}

/// A chain that was found unbroken.
package struct ChainReport: Sendable, Hashable {
  /// Its newest link; nil where nothing is recorded yet.
  package var head: LedgerHead?
  /// Where the head that was kept elsewhere stands in it; what follows was recorded later.
  package var keptHead: Int?

  package init(head: LedgerHead? = nil, keptHead: Int? = nil) {
    self.head = head
    self.keptHead = keptHead
  }
}

/// What `verify` finds.
package enum Verification: Sendable, Hashable {
  case intact(ChainReport)
  case broken(ChainFault)
}

extension Ledger {
  /// Computes a loop's chain anew from what is stored, and compares what the loop says of itself with it.
  ///
  /// - Parameter head: A head that was kept elsewhere; without it, a tail that was cut or a chain that was computed anew can't
  ///   be seen.
  package func verifyChain(loop: Int64, head: Digest? = nil) throws(LedgerError) -> Verification {
    try read("verify loop \(loop)") { database in
      if let fault = try LedgerFrame.fault(in: database) { return .broken(fault) }
      var walk = ChainWalk(loop: loop, head: head)
      do throws(Broken) {
        return .intact(try walk.run(database))
      } catch {
        if let error = error.error { throw error }
        return .broken(error.fault)
      }
    }
  }
}

/// What stands around the chains: no loop is missing, and no row belongs to none.
private enum LedgerFrame {
  static func fault(in database: Database) throws -> ChainFault? {
    // Loops are numbered from 1 and never removed (AUTOINCREMENT never gives a number twice).
    let given: Int = try database.value("SELECT max(seq) FROM sqlite_sequence WHERE name = 'loops'") ?? 0
    let loops = try database.cursor("SELECT id FROM loops ORDER BY id")
    var expected = 1
    while let loop = try loops.next() {
      guard loop.read("id") == expected else { return ChainFault("loop \(expected) was removed") }
      expected += 1
    }
    if expected <= given { return ChainFault("loop \(expected) was removed") }
    for table in ["iterations", "events", "runs", "scores", "agent_steps", "spending"] {
      let stray = try database.row("SELECT 1 FROM \(table) WHERE loop_id NOT IN (SELECT id FROM loops) LIMIT 1")
      if stray != nil { return ChainFault("a row of '\(table)' belongs to no loop") }
    }
    return nil
  }
}

/// A fault that was found, or what kept from looking.
private struct Broken: Error {
  var fault = ChainFault("")
  var error: (any Error)?
}

/// Follows one loop's chain from its start.
private struct ChainWalk {
  let loop: Int64
  let head: Digest?
  private var position = 0
  private var number = 0
  private var champion: Int?
  private var round: LoopRound?
  private var end: (at: StoredValue?, reason: StoredValue?)?
  private var report = ChainReport()

  init(loop: Int64, head: Digest?) {
    self.loop = loop
    self.head = head
  }

  mutating func run(_ database: Database) throws(Broken) -> ChainReport {
    do {
      let stored: Int? = try database.value("SELECT format FROM loops WHERE id = ?", [loop])
      guard let stored, let format = Chain.Format(rawValue: stored) else {
        throw Broken(fault: ChainFault("the loop's own record was changed or removed", position: 0))
      }
      var previous = try Chain.start(of: loop, format, in: database)
      let iterations = try database.cursor(
        "SELECT * FROM iterations WHERE loop_id = ? AND position IS NOT NULL ORDER BY position", [loop])
      let events = try database.cursor("SELECT * FROM events WHERE loop_id = ? ORDER BY position", [loop])
      var (iteration, event) = (try iterations.next(), try events.next())
      while iteration != nil || event != nil {
        if let row = iteration, row.read("position") == position {
          previous = try follow(iteration: row, after: previous, format, database)
          iteration = try iterations.next()
        } else if let row = event, row.read("position") == position {
          previous = try follow(event: row, after: previous, database)
          event = try events.next()
        } else {
          throw Broken(
            fault: ChainFault("this record was removed, or others were put in its place", position: position))
        }
        if previous == head { report.keptHead = position }
        report.head = LedgerHead(position: position, hash: previous)
        position += 1
      }
      try lookAround(database, format)
      if head != nil, report.keptHead == nil {
        throw Broken(
          fault: ChainFault(
            "the head that you kept is in no record: the tail was cut, or the chain computed anew", position: position))
      }
      return report
    } catch let broken as Broken {
      throw broken
    } catch {
      throw Broken(error: error)
    }
  }

  private mutating func follow(
    iteration row: Row, after previous: Digest, _ format: Chain.Format, _ database: Database
  ) throws -> Digest {
    guard row.read("number") == number else {
      throw Broken(fault: ChainFault("it was removed, or others were put in its place", iteration: number))
    }
    let hash = try Chain.hash(iteration: number, of: loop, after: previous, format, in: database)
    try compare(row, previous, hash, iteration: number)
    if row.read("champion_moved") == 1 { champion = number }
    number += 1
    return hash
  }

  private mutating func follow(event row: Row, after previous: Digest, _ database: Database) throws -> Digest {
    let hash = try Chain.hash(event: position, of: loop, after: previous, in: database)
    try compare(row, previous, hash, iteration: nil)
    switch row.read("kind").flatMap({ EventKind(rawValue: $0) }) {
    case .ended?: end = (row["at"], row["detail"])
    case .resumed?: end = nil
    case .round?: round = row.read("detail").flatMap { LoopRound($0) }
    case .restored?: champion = row.read("iteration")
    default: break
    }
    return hash
  }

  private func compare(_ row: Row, _ previous: Digest, _ hash: Digest, iteration: Int?) throws {
    guard row.read("hash") == hash.description, row.read("previous") == previous.description else {
      throw Broken(fault: ChainFault("it was changed", position: position, iteration: iteration))
    }
  }

  /// What the chain doesn't hold: an iteration under way, and what the loop says of its own end and champion.
  private func lookAround(_ database: Database, _ format: Chain.Format) throws {
    // The tries of a round begin at once, and are finished in their order.
    let left = round.flatMap { $0.numbers.contains(number) ? $0.numbers.upperBound - number + 1 : nil }
    let waiting = try database.rows(
      "SELECT * FROM iterations WHERE loop_id = ? AND position IS NULL ORDER BY number LIMIT ?",
      [loop, (left ?? 1) + 1])
    let found = Set(waiting.compactMap { $0.read("number") as Int? })
    if let left, let missing = (number..<number + left).first(where: { !found.contains($0) }) {
      throw Broken(fault: ChainFault("it began with others, and was removed", iteration: missing))
    }
    for (index, row) in waiting.enumerated() {
      let isUnderWay =
        waiting.count <= left ?? 1 && row.read("number") == number + index && row["hash"] == .null
        && row["verdict"] == .null && row["previous"] == .null && row.read("champion_moved") == 0
      guard isUnderWay else {
        throw Broken(fault: ChainFault("it is in no chain: it was put in", iteration: row.read("number")))
      }
    }
    for table in ["runs", "scores", "agent_steps"] {
      let stray = try database.row(
        "SELECT iteration FROM \(table) WHERE loop_id = ?1 AND (iteration < 0 OR iteration >= ?2) LIMIT 1",
        [loop, number])
      if stray != nil { throw Broken(fault: ChainFault("a row of '\(table)' belongs to no try that is finished")) }
    }
    guard try AgentSpending.isTheSum(ofLoop: loop, in: database) else {
      throw Broken(fault: ChainFault("what the loop's agents took together isn't the sum of their steps"))
    }
    guard
      let row = try database.row("SELECT ended, end_reason, champion_iteration FROM loops WHERE id = ?", [loop])
    else { return }
    guard row.read("champion_iteration") == champion else {
      throw Broken(fault: ChainFault("the loop names another champion than its records", iteration: champion))
    }
    // The first format had no record of the end.
    guard format != .first || end != nil else { return }
    guard row["ended"] == end?.at ?? .null, row["end_reason"] == end?.reason ?? .null else {
      throw Broken(fault: ChainFault("the loop's end is not the one that was recorded"))
    }
    // Only a loop that was cut short leaves a try under way.
    if let text: String = row.read("end_reason"), !waiting.isEmpty, !text.hasPrefix("failed"), text != "cancelled" {
      throw Broken(fault: ChainFault("it is under way in a loop that has ended: it was put in", iteration: number))
    }
  }
}
