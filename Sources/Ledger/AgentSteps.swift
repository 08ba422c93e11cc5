package import Digests
internal import SQLite

/// One step of an agent at an iteration: what it ran, how that ended, and what it took.
package struct AgentStepRecord: Sendable, Hashable {
  /// The step's name in the harness; `agent` where there is one step only.
  package var name: String
  /// The kind of agent, such as `claude`.
  package var kind: String
  package var model: String?
  /// How it ended, in words.
  package var outcome: String
  /// The stored, compressed trace; nil where there is none.
  package var trace: Digest?
  package var seconds: Double
  /// What it cost, in millionths of a millionth of a US dollar; nil where that isn't known.
  package var picodollars: Int64?
  /// Tokens that were read, those from a cache included; nil where nothing counted them.
  package var inputTokens: Int?
  /// Of these, those from a cache.
  package var cachedTokens: Int?
  package var outputTokens: Int?
  /// Requests to a model's API; nil where nothing counted them.
  package var requests: Int?

  package init(
    name: String = "agent", kind: String, model: String? = nil, outcome: String, trace: Digest? = nil,
    seconds: Double, picodollars: Int64? = nil, inputTokens: Int? = nil, cachedTokens: Int? = nil,
    outputTokens: Int? = nil, requests: Int? = nil
  ) {
    self.name = name
    self.kind = kind
    self.model = model
    self.outcome = outcome
    self.trace = trace
    self.seconds = seconds
    self.picodollars = picodollars
    self.inputTokens = inputTokens
    self.cachedTokens = cachedTokens
    self.outputTokens = outputTokens
    self.requests = requests
  }

  /// Where its trace lies.
  package struct Place: Sendable, Hashable {
    package let iteration: Int
    /// Counts the iteration's steps from 0.
    package let position: Int
    package let name: String
    package let trace: Digest
  }
}

/// What agents took, summed up: of an iteration, or of a whole loop.
package struct AgentSpending: Sendable, Hashable {
  package var steps: Int
  /// The sum of what is known, in millionths of a millionth of a US dollar; nil where nothing is.
  package var picodollars: Int64?
  /// Steps whose cost isn't known, so that the sum is a lower bound where there are any.
  package var unknownCosts: Int
  package var seconds: Double
  package var inputTokens: Int
  package var cachedTokens: Int
  package var outputTokens: Int
  package var requests: Int

  package init(
    steps: Int = 0, picodollars: Int64? = nil, unknownCosts: Int = 0, seconds: Double = 0, inputTokens: Int = 0,
    cachedTokens: Int = 0, outputTokens: Int = 0, requests: Int = 0
  ) {
    self.steps = steps
    self.picodollars = picodollars
    self.unknownCosts = unknownCosts
    self.seconds = seconds
    self.inputTokens = inputTokens
    self.cachedTokens = cachedTokens
    self.outputTokens = outputTokens
    self.requests = requests
  }

  /// In US dollars.
  package var cost: Double? { picodollars.map { Double($0) / 1e12 } }
}

extension Ledger {
  /// An iteration's agent steps, in their order.
  package func steps(loop: Int64, iteration: Int) throws(LedgerError) -> [AgentStepRecord] {
    try read("list the agent's steps of iteration \(iteration)") { database in
      try Self.steps(loop, iteration, in: database)
    }
  }

  static func steps(_ loop: Int64, _ iteration: Int, in database: Database) throws -> [AgentStepRecord] {
    try database.rows(
      "SELECT * FROM agent_steps WHERE loop_id = ? AND iteration = ? ORDER BY position", [loop, iteration]
    )
    .map(AgentStepRecord.init)
  }

  /// Hands over where a loop's traces lie one by one, in the order of iterations and steps.
  package func eachTrace(
    loop: Int64, iteration: Int? = nil, _ body: (AgentStepRecord.Place) throws -> Void
  ) throws {
    try read("find the traces of loop \(loop)") { database in
      let rows = try database.cursor(
        "SELECT iteration, position, name, trace FROM agent_steps WHERE loop_id = ?1 AND trace IS NOT NULL "
          + "AND (?2 IS NULL OR iteration = ?2) ORDER BY iteration, position", [loop, iteration])
      while let row = try rows.next() {
        try body(
          AgentStepRecord.Place(
            iteration: row.value("iteration"), position: row.value("position"), name: row.value("name"),
            trace: row.digest("trace")))
      }
    }
  }

  /// What a loop's agents took, with what attempts cost that were cut short, and what judges cost that were asked about the champion.
  package func spending(loop: Int64) throws(LedgerError) -> AgentSpending {
    try read("add up what loop \(loop) cost") { database in
      var all = try AgentSpending(ofLoop: loop, in: database) ?? AgentSpending()
      // Each such event has what its try had cost by then, the attempts before included.
      let row = try database.row(
        "SELECT count(most) AS known, total(most) AS dollars FROM ("
          + "SELECT max(value) AS most FROM events WHERE loop_id = ?1 AND kind = ?2 GROUP BY iteration UNION ALL "
          + "SELECT value FROM events WHERE loop_id = ?1 AND kind = ?3)",
        [loop, EventKind.interrupted.rawValue, EventKind.judged.rawValue])
      if let row, try row.value("known") as Int > 0 {
        let lost = Int64(clamping: (try row.value("dollars") as Double) * 1e12)
        let (sum, isOver) = (all.picodollars ?? 0).addingReportingOverflow(lost)
        all.picodollars = isOver ? .max : sum
      }
      return all
    }
  }
}

extension AgentSpending {
  /// What a loop's steps took, or one iteration's; nil where there are none.
  init?(ofLoop loop: Int64, iteration: Int? = nil, in database: Database) throws {
    let row =
      if let iteration {
        try database.row(
          "SELECT \(Schema.spendingSums) FROM agent_steps WHERE loop_id = ? AND iteration = ?", [loop, iteration])
      } else {
        try database.row("SELECT * FROM spending WHERE loop_id = ?", [loop])
      }
    guard let row else { return nil }
    func sum(_ column: String) throws -> Int64 { Int64(clamping: try row.value(column) as Double) }
    steps = Int(try sum("steps"))
    guard steps > 0 else { return nil }
    let known = Int(try sum("known"))
    picodollars = known == 0 ? nil : try sum("picodollars")
    unknownCosts = max(0, steps - known)
    seconds = try row.value("microseconds") / 1e6
    inputTokens = Int(try sum("input"))
    cachedTokens = Int(try sum("cached"))
    outputTokens = Int(try sum("output"))
    requests = Int(try sum("requests"))
  }

  /// Whether what was added up as the steps came is still their sum.
  static func isTheSum(ofLoop loop: Int64, in database: Database) throws -> Bool {
    let kept = try database.row("SELECT * FROM spending WHERE loop_id = ?", [loop])
    let sums = try database.row("SELECT \(Schema.spendingSums) FROM agent_steps WHERE loop_id = ?", [loop])
    return (sums?.columns ?? []).allSatisfy { column in
      let sum: Double = sums?.read(column) ?? 0
      guard let kept else { return sum == 0 }
      guard let value: Double = kept.read(column) else { return false }
      // Doubles hold whole numbers up to 2^53; what a hostile agent claims beyond that is as near as they come.
      return value == sum || abs(sum) > 9e15 && abs(value - sum) <= abs(sum) * 1e-6
    }
  }
}

extension Int64 {
  /// The nearest whole number that there is room for.
  fileprivate init(clamping number: Double) {
    self = number >= 9.2e18 ? .max : number <= -9.2e18 ? .min : number.isNaN ? 0 : Int64(number)
  }
}
