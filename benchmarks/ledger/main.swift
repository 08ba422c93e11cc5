// A long record: fills a ledger with iterations as a loop does, each of three steps of an agent, two runs and a score, and says
// what that took and how large it is.
//
//     ledger-benchmark CHECKOUT ITERATIONS
//
// The ledger is filled without fsync (a disk's own pace is not what is measured); `scripts/bench-ledger.sh` times the
// commands on it.
internal import Digests
internal import FoundationEssentials
internal import Glibc
internal import Harness
internal import Ledger
internal import Workspace

func fail(_ why: String) -> Never {
  print("ledger-benchmark: \(why)")
  exit(1)
}

func seconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// Bytes of this process in memory now.
func residentMemory() -> Int {
  guard let text = FileManager.default.contents(atPath: "/proc/self/statm") else { return 0 }
  let fields = String(decoding: text, as: UTF8.self).split(separator: " ")
  return fields.count > 1 ? (Int(fields[1]) ?? 0) * 4096 : 0
}

let words = CommandLine.arguments
guard words.count == 3, let count = Int(words[2]) else { fail("usage: ledger-benchmark CHECKOUT ITERATIONS") }
do {
  var environment: [String: String] = [:]
  if let home = getenv("XDG_STATE_HOME") { environment["XDG_STATE_HOME"] = String(cString: home) }
  let state = try StateFolder(checkout: words[1], environment: environment)
  let store = try ObjectStore(root: state.path)
  let text = try String(contentsOfFile: "\(words[1])/belljar.yaml", encoding: .utf8)
  let ledger = try Ledger(path: state.ledger, durable: false)
  let base = try Tree().put(in: store)
  let loop = try ledger.createLoop(
    LoopStart(
      name: "long", checkout: words[1], harnessPath: "\(words[1])/belljar.yaml", harnessText: text,
      harnessDigest: Digest(of: text.utf8), strategy: "optimize", agent: "command", seed: Digest(of: []).description,
      baselineTree: base, started: 1_700_000_000_000, folder: words[1]))
  let began = seconds()
  var memory: [Int: Int] = [:]
  for number in 0..<count {
    let isKept = number % 1000 == 0
    _ = try ledger.beginIteration(
      loop: loop, parent: number == 0 ? nil : 0,
      prompt: "Improve this program.\n\nYou may change only these files: value\n", started: 1_700_000_000_000)
    let run = RunRecord(
      step: "speed.run", side: .candidate, ordinal: 0, outcome: "exited", exitCode: 0, wallMicroseconds: 15_000,
      userMicroseconds: 12_000, systemMicroseconds: 2000, peakMemory: 4_000_000, stdoutTail: "ok\n",
      stdoutDigest: Digest(of: "ok\n".utf8))
    let score = ScoreRecord(scorer: "speed", role: "objective", channel: "outside", value: 1, unit: "s", answer: "same")
    let steps = ["plan", "implement", "verify"].map { name in
      AgentStepRecord(
        name: name, kind: "claude", model: "sonnet", outcome: "exited with 0", trace: base, seconds: 12.5,
        picodollars: 12_345_678_901, inputTokens: 20_000, cachedTokens: 15_000, outputTokens: 1200, requests: 7)
    }
    try ledger.finishIteration(
      loop: loop, number: number,
      IterationResult(
        verdict: isKept ? .kept : .discarded, reason: "same within 1.0 %", tree: base, note: "try \(number)",
        ended: 1_700_000_060_000, seconds: 0.06, objective: 1, ratio: 1.001,
        standing: Standing(tries: number, kept: number / 1000, stale: number % 1000, spent: Double(number) * 0.06)),
      runs: [run, run], scores: [score], championMoves: isKept, steps: steps)
    if [1000, 10_000, 100_000, 1_000_000].contains(number + 1) { memory[number + 1] = residentMemory() }
  }
  let filled = seconds() - began
  print(
    "filled      \(count) iterations in \(Int(filled)) s, \(Int(filled / Double(count) * 1e6)) us each, without fsync")
  for (number, bytes) in memory.sorted(by: { $0.key < $1.key }) {
    print("memory      \(bytes / 1_000_000) MB after \(number)")
  }
  var about = stat()
  guard stat(state.ledger, &about) == 0 else { fail("\(state.ledger): \(String(cString: strerror(errno)))") }
  let size = Int(about.st_size)
  print("size        \(size / 1_000_000) MB, \(size / count) bytes an iteration")
} catch { fail("\(error)") }
