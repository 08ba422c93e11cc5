import Digests
import Ledger
import SQLite
import Testing

@Suite("Agents' steps in the ledger") struct AgentStepTests {
  @Test("are there after the ledger is opened again, in their order, and summed up") func reopening() throws {
    try withLedger { path in
      let loop = try Ledger(path: path).filled(iterations: 2)
      let number = try Ledger(path: path).addIteration(loop: loop, steps: [.sample, .unknown, .sample])
      try Ledger(path: path).addIteration(loop: loop, steps: [.unknown])
      let ledger = try Ledger(path: path)
      #expect(try ledger.steps(loop: loop, iteration: number) == [.sample, .unknown, .sample])
      #expect(try ledger.steps(loop: loop, iteration: 1).isEmpty)
      let detail = try #require(try ledger.iteration(loop: loop, number: number))
      #expect(detail.steps == [.sample, .unknown, .sample])
      let spending = AgentSpending(
        steps: 3, picodollars: 166_800_000_000, unknownCosts: 1, seconds: 25.5, inputTokens: 2400, cachedTokens: 2000,
        outputTokens: 180, requests: 6)
      #expect(detail.iteration.spending == spending)
      let all = try ledger.iterations(loop: loop, last: 10).map(\.spending)
      #expect(all[0] == nil)
      #expect(all[1] == nil)
      #expect(all[2] == spending)
      #expect(all[3]?.steps == 1)
      #expect(all[3]?.picodollars == nil)
      #expect(all[3]?.unknownCosts == 1)
      #expect(try ledger.verifyChain(loop: loop).fault == nil)
    }
  }

  @Test("a loop's spending has what interrupted attempts cost, and stays at its largest amount")
  func loopSpending() throws {
    try withLedger { path in
      let ledger = try Ledger(path: path)
      let loop = try ledger.filled(iterations: 1)
      #expect(try ledger.spending(loop: loop).picodollars == nil)
      #expect(try ledger.spending(loop: loop).steps == 0)
      try ledger.record(EventRecord(.interrupted, iteration: 1, at: 1, value: 0.125), loop: loop)
      try ledger.record(EventRecord(.interrupted, iteration: 1, at: 1), loop: loop)
      // What a try had cost by then has its earlier attempts in it.
      try ledger.record(EventRecord(.interrupted, iteration: 1, at: 1, value: 0.1875), loop: loop)
      try ledger.record(EventRecord(.interrupted, iteration: 2, at: 1, value: 0.0625), loop: loop)
      // Another kind's value is no cost.
      try ledger.record(EventRecord(.measured, iteration: 0, at: 1, value: 1.5), loop: loop)
      #expect(try ledger.spending(loop: loop).cost == 0.25)
      try ledger.addIteration(loop: loop, steps: [.sample])
      #expect(try ledger.spending(loop: loop).picodollars == 333_400_000_000)
      #expect(try ledger.spending(loop: loop).cost == 0.3334)
      var dear = AgentStepRecord.sample
      dear.picodollars = .max
      dear.outputTokens = .max
      try ledger.addIteration(loop: loop, steps: [dear, dear])
      #expect(try ledger.spending(loop: loop).picodollars == .max)
      #expect(try ledger.spending(loop: loop).outputTokens == .max)
    }
  }

  @Test("traces are found one by one, of one iteration or of all") func traces() throws {
    try withLedger { path in
      let ledger = try Ledger(path: path)
      let loop = try ledger.filled(iterations: 1)
      try ledger.addIteration(loop: loop, steps: [.sample, .unknown, .sample])
      try ledger.addIteration(loop: loop, steps: [.sample])
      func places(_ iteration: Int? = nil) throws -> [[Int]] {
        var places: [[Int]] = []
        try ledger.eachTrace(loop: loop, iteration: iteration) { place in
          #expect(place.trace == Digest(of: "trace".utf8))
          #expect(place.name == "implement")
          places.append([place.iteration, place.position])
        }
        return places
      }
      #expect(try places() == [[1, 0], [1, 2], [2, 0]])
      #expect(try places(2) == [[2, 0]])
      #expect(try places(0) == [])
    }
  }

  @Test(
    "an edit of a step is found, and named",
    arguments: [
      ("UPDATE agent_steps SET picodollars = picodollars - 1 WHERE position = 0", "try 2: it was changed"),
      ("UPDATE agent_steps SET trace = NULL WHERE iteration = 2", "try 2: it was changed"),
      ("UPDATE agent_steps SET outcome = 'finished'", "try 2: it was changed"),
      ("DELETE FROM agent_steps WHERE iteration = 2", "try 2: it was changed"),
      ("DELETE FROM agent_steps WHERE position = 1", "try 2: it was changed"),
      ("UPDATE agent_steps SET position = 5 - position", "try 2: it was changed"),
      ("UPDATE agent_steps SET iteration = 1", "try 1: it was changed"),
      ("UPDATE agent_steps SET iteration = 77", "try 2: it was changed"),
      (
        "INSERT INTO agent_steps SELECT loop_id, 3, position, name, kind, model, outcome, trace, seconds, picodollars, "
          + "input_tokens, cached_tokens, output_tokens, requests FROM agent_steps",
        "a row of 'agent_steps' belongs to no try that is finished"
      ),
      (
        "INSERT INTO agent_steps (loop_id, iteration, position, name, kind, outcome, seconds) VALUES (9, 1, 0, '', '', '', 0)",
        "a row of 'agent_steps' belongs to no loop"
      ),
      ("UPDATE spending SET picodollars = 0", "what the loop's agents took together isn't the sum of their steps"),
      ("UPDATE spending SET requests = 'x'", "what the loop's agents took together isn't the sum of their steps"),
      ("DELETE FROM spending", "what the loop's agents took together isn't the sum of their steps"),
      ("INSERT INTO spending VALUES (9, 0, 0, 0, 0, 0, 0, 0, 0)", "a row of 'spending' belongs to no loop"),
    ])
  func edits(sql: String, fault: String) throws {
    try withLedger { path in
      let ledger = try Ledger(path: path)
      let loop = try ledger.filled(iterations: 2)
      try ledger.addIteration(loop: loop, steps: [.sample, .unknown])
      try tamper(path, sql)
      #expect(try Ledger(path: path).verifyChain(loop: loop).fault == fault)
    }
  }

  @Test("the ledger's own connection can't change or remove one") func triggers() throws {
    try withLedger { path in
      let ledger = try Ledger(path: path)
      let loop = try ledger.filled(iterations: 1)
      try ledger.addIteration(loop: loop, steps: [.sample])
      let database = try Database(path)
      for sql in ["DELETE FROM agent_steps", "UPDATE agent_steps SET loop_id = loop_id"] {
        #expect(throws: SQLiteError.self) { try database.execute(sql) }
      }
    }
  }

  @Test("a ledger from before there were steps is taken over: its chain holds, and goes on with them") func migration()
    throws
  {
    try withLedger { path in
      let old = try Ledger(path: path)
      let loop = try old.filled(iterations: 3)
      let head = try #require(try old.head(loop: loop))
      // Its links are those that a Belljar without steps computed.
      #expect(try secondFormatHead(path, loop: loop, iterations: 3) == head.hash.description)
      try Database(path).execute(
        "DROP TABLE agent_steps; DROP TABLE spending; DELETE FROM grdb_migrations WHERE identifier IN ('3', '4')")
      let ledger = try Ledger(path: path)
      #expect(try ledger.verifyChain(loop: loop, head: head.hash) == .intact(ChainReport(head: head, keptHead: 2)))
      #expect(try ledger.iteration(loop: loop, number: 1)?.steps == [])
      let number = try ledger.addIteration(loop: loop, steps: [.sample])
      #expect(try ledger.verifyChain(loop: loop, head: head.hash).fault == nil)
      try tamper(path, "DELETE FROM agent_steps")
      #expect(try ledger.verifyChain(loop: loop).fault == "try \(number): it was changed")
    }
  }
}

@Suite("What a loop's agents took together") struct SpendingSumTests {
  @Test("the sums of a ledger from before they were kept are made from its steps, and go on") func migration() throws {
    try withLedger { path in
      let old = try Ledger(path: path)
      let loop = try old.filled(iterations: 2)
      try old.addIteration(loop: loop, steps: [.sample, .unknown])
      let before = try old.spending(loop: loop)
      try Database(path).execute(
        "DROP TRIGGER spending_grows; DROP TABLE spending; DELETE FROM grdb_migrations WHERE identifier = '4'")
      let ledger = try Ledger(path: path)
      #expect(before.steps == 2)
      #expect(try ledger.spending(loop: loop) == before)
      try ledger.addIteration(loop: loop, steps: [.sample])
      #expect(try ledger.spending(loop: loop).steps == 3)
      #expect(try ledger.verifyChain(loop: loop).fault == nil)
    }
  }

  @Test("a sum that an agent's claims make too large for whole numbers is still their sum") func largest() throws {
    try withLedger { path in
      let ledger = try Ledger(path: path)
      let loop = try ledger.filled(iterations: 1)
      var dear = AgentStepRecord.sample
      (dear.picodollars, dear.outputTokens, dear.seconds) = (.max, .max, 1e300)
      for _ in 0..<3 { try ledger.addIteration(loop: loop, steps: [dear, .sample]) }
      #expect(try ledger.spending(loop: loop).picodollars == .max)
      #expect(try ledger.verifyChain(loop: loop).fault == nil)
      try tamper(path, "UPDATE spending SET output = output / 2")
      #expect(try ledger.verifyChain(loop: loop).fault != nil)
    }
  }
}

/// The head of a chain of iterations as the second format computes it, written down a second time.
private func secondFormatHead(_ path: String, loop: Int64, iterations: Int) throws -> String {
  let database = try Database(path)
  let start = try chainFields(
    database,
    "SELECT id, name, checkout, harness_path, harness_text, harness_digest, strategy, agent, seed, baseline_tree, started, "
      + "format, folder, prompt, iteration_limit FROM loops WHERE id = \(loop)")
  var previous = Digest(of: ("belljar-loop-2" + start).utf8).description
  for number in 0..<iterations {
    let place = "WHERE loop_id = \(loop) AND iteration = \(number) ORDER BY position"
    let iteration = try chainFields(
      database,
      "SELECT loop_id, number, parent_iteration, state, candidate, tree, verdict, reason, note, prompt, started, ended, "
        + "seconds, objective, ratio, ratio_low, ratio_high, champion_moved, position, edit, tries, kept, failures, stale, "
        + "spent, gain FROM iterations WHERE loop_id = \(loop) AND number = \(number)")
    let runs = try chainFields(
      database,
      "SELECT position, step, side, ordinal, outcome, exit_code, wall_us, user_us, sys_us, peak_memory, "
        + "processes_left, stdout_tail, stderr_tail, stdout_digest FROM runs \(place)")
    let scores = try chainFields(
      database,
      "SELECT position, scorer, role, channel, value, unit, answer, passed, explanation, metrics, output "
        + "FROM scores \(place)")
    let text = "belljar-iteration-2" + previous + iteration + runs + scores
    previous = Digest(of: text.utf8).description
  }
  return previous
}
