import Testing
import Workspace

@testable import Agents

@Suite("TuneAgent") struct TuneAgentTests {
  static let source = """
    // belljar: knob BLOCK 8..256 step *2
    #define BLOCK 8
    // belljar: knob ORDER {ijk, ikj, jik}
    #define ORDER ijk
    int UNROLL = 1; // belljar: knob UNROLL 1..8

    """

  /// A loop around the agent with a landscape in place of a machine.
  struct Loop {
    var champion: [TreePath: [UInt8]]
    var history: [PastTry] = []
    var key: String
    var agent = TuneAgent()
    let time: (String) -> Double?

    init(_ source: String, time: @escaping (String) -> Double?) throws {
      champion = try files(["a.c": source])
      let grid = try KnobReader.grid(champion)
      key = grid.key(grid.origin)
      self.time = time
    }

    /// One try; false when nothing is left.
    mutating func step(seed: UInt64) throws -> Bool {
      guard let next = try agent.propose(champion: champion, history: history, seed: seed) else { return false }
      let ratio = time(next.key).flatMap { new in time(key).map { new / $0 } }
      let kept = ratio.map { $0 < 0.99 } ?? false
      history.append(PastTry(key: next.key, kept: kept, valid: ratio != nil, ratio: ratio))
      if kept {
        champion.merge(next.files) { $1 }
        key = next.key
      }
      return true
    }
  }

  /// 1 at its best, BLOCK=64 ORDER=ikj UNROLL=4, and worse with every step away; BLOCK=256 fails.
  static func bowl(_ key: String) -> Double? {
    let values = key.split(separator: " ").compactMap { $0.split(separator: "=").last }
    guard values.count == 3, let block = Int(values[0]), let unroll = Int(values[2]), block < 256 else { return nil }
    let steps = abs(block.trailingZeroBitCount - 6) + abs(unroll - 4)
    return (values[1] == "ikj" ? 1 : 2) + 0.1 * Double(steps)
  }

  @Test(
    "the best point of a plain landscape is found in few tries, whatever the seed",
    arguments: 1...20 as ClosedRange<UInt64>)
  func descends(seed: UInt64) throws {
    var loop = try Loop(Self.source, time: Self.bowl)
    for _ in 0..<24 where loop.key != "BLOCK=64 ORDER=ikj UNROLL=4" { _ = try loop.step(seed: seed) }
    #expect(loop.key == "BLOCK=64 ORDER=ikj UNROLL=4")
  }

  @Test("a hill between two valleys is crossed by a new start")
  func restarts() throws {
    // One step away from the origin everything is worse; the best point lies two knobs away.
    var loop = try Loop(Self.source) {
      $0 == "BLOCK=128 ORDER=jik UNROLL=6" ? 0.5 : $0 == "BLOCK=8 ORDER=ijk UNROLL=1" ? 1 : 2
    }
    while try loop.step(seed: 3) {}
    #expect(loop.key == "BLOCK=128 ORDER=jik UNROLL=6")
  }

  @Test("every point is proposed once, then nothing", arguments: [true, false])
  func exhausts(oneSeed: Bool) throws {
    var loop = try Loop(Self.source, time: Self.bowl)
    loop.agent = TuneAgent(baseline: loop.champion)
    var seed: UInt64 = 7
    while try loop.step(seed: seed) {
      if !oneSeed { seed += 1 }
      try #require(loop.history.count < 1000)
    }
    #expect(loop.history.count == 6 * 3 * 8 - 1)
    #expect(Set(loop.history.map(\.key)).count == loop.history.count)
    #expect(!loop.history.contains { $0.key == "BLOCK=8 ORDER=ijk UNROLL=1" })
  }

  @Test("a resumed loop goes on with the same proposal, and a different seed may not")
  func resumes() throws {
    var first = try Loop(Self.source, time: Self.bowl)
    var second = try Loop(Self.source, time: Self.bowl)
    for _ in 0..<40 { _ = try first.step(seed: 5) }
    for _ in 0..<40 {
      second.agent = TuneAgent()  // as after a restart of the program
      _ = try second.step(seed: 5)
    }
    #expect(first.history.map(\.key) == second.history.map(\.key))
    var other = try Loop(Self.source, time: Self.bowl)
    for _ in 0..<40 { _ = try other.step(seed: 6) }
    #expect(first.history.map(\.key) != other.history.map(\.key))
  }

  @Test("a try that failed is no place to go on from")
  func failures() throws {
    let champion = try files(["a.c": Self.source])
    let failed = PastTry(key: "BLOCK=16 ORDER=ijk UNROLL=1", kept: false, valid: false, ratio: 0.1)
    let grid = try KnobReader.grid(champion)
    let record = TuneRecord(grid, baseline: nil, history: [failed])
    #expect(record.centre == grid.origin)
    #expect(record.values[[1, 0, 0]] == .infinity)
  }

  @Test("ratios against different champions come onto one scale")
  func scale() throws {
    let champion = try files(["a.c": Self.source.split(separator: "BLOCK 8\n").joined(separator: "BLOCK 32\n")])
    let grid = try KnobReader.grid(champion)
    let record = TuneRecord(
      grid, baseline: nil,
      history: [
        PastTry(key: "BLOCK=16 ORDER=ijk UNROLL=1", kept: true, valid: true, ratio: 0.5),
        PastTry(key: "another agent's", kept: false, valid: true, ratio: 0.1),
        PastTry(key: "BLOCK=32 ORDER=ijk UNROLL=1", kept: true, valid: true, ratio: 0.5),
        PastTry(key: "BLOCK=64 ORDER=ijk UNROLL=1", kept: false, valid: true, ratio: 2),
      ])
    #expect(record.values[[1, 0, 0]] == 0.5)
    #expect(record.values[[2, 0, 0]] == 0.25)
    #expect(record.values[[3, 0, 0]] == 0.5)
    #expect(record.centre == grid.origin)
  }

  @Test("a grid too large to count is searched all the same")
  func large() throws {
    let knobs = (0..<12).map { "k\($0) = 1 # belljar: knob k\($0) 1..2000\n" }.joined()
    let found = try proposals(TuneAgent(), try files(["a.py": knobs]), most: 30)
    #expect(Set(found.map(\.key)).count == 30)
  }
}
