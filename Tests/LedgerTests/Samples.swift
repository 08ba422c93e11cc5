import Digests
import FoundationEssentials
import Ledger
import SQLite

func withLedger(_ body: (String) throws -> Void) throws {
  let folder = FileManager.default.temporaryDirectory.path + "/belljar-test-\(UInt64.random(in: 0 ... .max))"
  defer { try? FileManager.default.removeItem(atPath: folder) }
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  try body(folder + "/ledger.sqlite")
}

func write(_ text: String, to path: String) throws { try Data(text.utf8).write(to: URL(filePath: path)) }

func mode(of path: String) throws -> Int? {
  try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
}

/// An answer's rows as the chain's formats before the third hashed them.
func chainFields(_ database: Database, _ sql: String) throws -> String {
  let rows = try database.rows(sql)
  let texts = rows.flatMap { row in
    zip(row.columns, row.values).map { column, value in
      let field =
        switch value {
        case .null: "n"
        case .integer(let number): "i\(number)"
        case .real(let number): "d\(String(number.bitPattern, radix: 16))"
        case .text(let text): "s\(text)"
        case .blob: "b"
        }
      return "\(column)=\(field.utf8.count):\(field)"
    }
  }
  return texts.joined() + "rows=\(rows.count);"
}

extension LoopStart {
  static let sample = LoopStart(
    name: "sample", checkout: "/p", harnessPath: "/p/belljar.yaml", harnessText: "name: sample\n",
    harnessDigest: Digest(of: "name: sample\n".utf8), strategy: "optimize", agent: "command", seed: "7",
    baselineTree: Digest(of: "tree".utf8), started: 1_700_000_000_000)
}

extension IterationResult {
  static func sample(_ verdict: Verdict) -> IterationResult {
    IterationResult(
      verdict: verdict, reason: "speed: same", candidate: Digest(of: "candidate".utf8), tree: Digest(of: "tree".utf8),
      note: "I tried\nthis.", ended: 1_700_000_060_000, seconds: 60.5, objective: 0.123, ratio: 0.99, ratioLow: 0.97,
      ratioHigh: 1.01)
  }
}

extension RunRecord {
  static let sample = RunRecord(
    step: "speed", side: .candidate, ordinal: 0, outcome: "exited", exitCode: 0, wallMicroseconds: 15_000,
    userMicroseconds: 12_000, systemMicroseconds: 2000, peakMemory: 4_000_000, processesLeft: 1, stdoutTail: "out\n",
    stderrTail: "err\n", stdoutDigest: Digest(of: "out\n".utf8))
}

extension ScoreRecord {
  static let sample = ScoreRecord(
    scorer: "speed", role: "objective", channel: "outside", value: 1, unit: "s", answer: "same", passed: true,
    explanation: "within the margin", metrics: "{\"rows\": 3}")
}

extension AgentStepRecord {
  static let sample = AgentStepRecord(
    name: "implement", kind: "claude", model: "m-1", outcome: "finished", trace: Digest(of: "trace".utf8),
    seconds: 12.5, picodollars: 83_400_000_000, inputTokens: 1200, cachedTokens: 1000, outputTokens: 90,
    requests: 3)
  static let unknown = AgentStepRecord(kind: "command", outcome: "exited 7", seconds: 0.5)
}

extension Ledger {
  /// Finishes one more iteration, with the steps of its agent.
  @discardableResult
  func addIteration(loop: Int64, steps: [AgentStepRecord]) throws -> Int {
    let number = try beginIteration(loop: loop, parent: 0, started: 1)
    try finishIteration(
      loop: loop, number: number, .sample(.discarded), runs: [.sample], scores: [.sample], championMoves: false,
      steps: steps)
    return number
  }

  /// Records a loop with a kept baseline and discarded candidates.
  func filled(iterations: Int) throws -> Int64 {
    let loop = try createLoop(.sample)
    for number in 0..<iterations {
      let begun = try beginIteration(loop: loop, parent: number == 0 ? nil : 0, prompt: "try \(number)", started: 1)
      try finishIteration(
        loop: loop, number: begun, .sample(number == 0 ? .kept : .discarded), runs: [.sample, .sample],
        scores: [.sample],
        championMoves: number == 0)
    }
    return loop
  }
}

extension Verification {
  /// What is wrong, in words; nil where nothing is.
  var fault: String? { if case .broken(let fault) = self { fault.description } else { nil } }
}
