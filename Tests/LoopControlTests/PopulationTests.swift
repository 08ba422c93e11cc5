import Glibc
import Harness
import Ledger
import LoopControl
import Scoring
import Testing

/// What a population is for: a function with many hills.
@Suite("A population") struct PopulationTests {
  private static let shape = HarnessLoop.Population(size: 20, parents: 2, migration: 40)

  @Test("on Rastrigin's function in 6 dimensions it comes further than a hill-climb from the same start, in 8 of 10")
  func rastrigin() {
    var won = 0
    var lines: [String] = []
    for start in 0..<10 {
      let climbs = (0..<3).map { Rastrigin(start: start, run: $0).climb(evaluations: 2000) }.sorted()
      let bests = (0..<3).map { Rastrigin(start: start, run: $0).populate(Self.shape, evaluations: 2000) }.sorted()
      if bests[1] < climbs[1] { won += 1 }
      lines.append("start \(start): hill-climb \(climbs[1]), population \(bests[1])")
    }
    print(lines.joined(separator: "\n"))
    #expect(won >= 8, "\(lines)")
  }

  @Test("what was taken in and the seed decide everything") func reproducible() {
    func run() -> [[Int]] {
      var population = Population(Self.shape, first: Member(number: 0, merit: 0, traits: [0]))
      var random = SeededRandom(seed: 7)
      return (1...200).map { number in
        let chosen = population.parents(seed: UInt64(number))
        let traits = Set((0..<4).map { _ in UInt64.random(in: 0..<9, using: &random) })
        population.take(
          number.isMultiple(of: 3)
            ? nil : Member(number: number, merit: Double.random(in: -1...1, using: &random), traits: traits))
        return chosen.map(\.number)
      }
    }
    let first = run()
    #expect(first == run())
    #expect(Set(first.map { $0[0] }).count > 10, "many are built on")
    #expect(first.suffix(100).allSatisfy { $0.count == 2 && $0[0] != $0[1] })
  }

  @Test("the best is never lost, and no island is all of one kind") func keepsTheBest() {
    var population = Population(
      HarnessLoop.Population(size: 6, parents: 1, migration: 10), first: Member(number: 0, merit: 0, traits: [0]))
    population.take(Member(number: 1, merit: 5, traits: [1]))
    for number in 2..<200 {
      population.take(Member(number: number, merit: 1 + Double(number) / 1000, traits: [2, UInt64(number)]))
    }
    #expect(population.members.first?.number == 1)
    #expect(population.members.count <= 6)
    // The same again is no second member, unless it is better.
    population.take(Member(number: 300, merit: 4, traits: [1]))
    #expect(!population.members.contains { $0.number == 300 })
    population.take(Member(number: 301, merit: 6, traits: [1]))
    #expect(population.members.first?.number == 301 && !population.members.contains { $0.number == 1 })
  }
}

/// A population in a real loop.
@Suite("A loop with a population") struct PopulationLoopTests {
  @Test("tries build on members that are not the champion, and an agent is shown another line of work")
  func lines() throws {
    let project = try Project(
      ["src/n": "50\n"],
      harness: """
        name: lines
        surface: {editable: ["src/**"]}
        scorers:
          - name: number
            kind: command
            role: objective
            direction: minimize
            deterministic: true
            run: head -n 1 src/n > "$BELLJAR_OUT/n"
            score: cat "$BELLJAR_OUT/n"
        agent:
          kind: command
          # What was tried before is part of the prompt, so each try differs: a step down, or a step up.
          run: |
            n=$(head -n 1 src/n)
            grep -c '^- try' "$BELLJAR_PROMPT" >> src/n || true
            if [ $(( $(wc -l < src/n) % 2 )) = 0 ]; then n=$((n - 1)); else n=$((n + 1)); fi
            sed -i "1s/.*/$n/" src/n
        loop: {strategy: optimize, stop: {iterations: 10}, population: {size: 5, parents: 2}}
        """)
    let (summary, _, ledger) = try project.loop()
    var champion = 0
    var parents: [Int] = []
    var prompts: [String] = []
    try ledger.eachIteration(loop: summary.loop) { row in
      if let parent = row.parent, parent != champion { parents.append(parent) }
      if row.championMoved { champion = row.number }
      if let prompt = row.prompt { prompts.append(prompt) }
    }
    #expect(!parents.isEmpty, "some tries build on another than the champion")
    #expect(prompts.contains { $0.contains("Another line of work, try ") && $0.contains("  | +") })
    #expect(prompts.contains { $0.contains("those of try ") })
  }
}

/// Rastrigin's function on a grid of six knobs of 65 levels, climbed in steps of one to three along one knob: too short to jump from
/// one hollow into the next without going up first.
private struct Rastrigin {
  typealias Point = [Int]
  private let start: Point
  private let seed: UInt64

  init(start: Int, run: Int) {
    var random = SeededRandom(seed: UInt64(start) &* 7919 &+ 1)
    self.start = (0..<6).map { _ in Int.random(in: 0...64, using: &random) }
    seed = UInt64(start * 100 + run)
  }

  static func value(_ point: Point) -> Double {
    point.reduce(60) { sum, level in
      let x = Double(level - 32) * 0.16
      return sum + x * x - 10 * cos(2 * .pi * x)
    }
  }

  private static func step(_ point: Point, _ random: inout SeededRandom) -> Point {
    var next = point
    let knob = Int.random(in: 0..<6, using: &random)
    let size = Int.random(in: 1...3, using: &random) * (Bool.random(using: &random) ? 1 : -1)
    next[knob] = min(64, max(0, next[knob] + size))
    return next
  }

  private static func traits(_ point: Point) -> Set<UInt64> {
    Set(point.enumerated().map { UInt64($0 * 1000 + $1) })
  }

  func climb(evaluations: Int) -> Double {
    var random = SeededRandom(seed: seed)
    var best = start
    for _ in 0..<evaluations {
      let next = Self.step(best, &random)
      if Self.value(next) < Self.value(best) { best = next }
    }
    return Self.value(best)
  }

  /// As an agent that is shown two would: it takes some of the other's ways, and goes a step on.
  func populate(_ shape: HarnessLoop.Population, evaluations: Int) -> Double {
    var random = SeededRandom(seed: seed)
    var points = [start]
    let base = Self.value(start)
    var population = Population(shape, first: Member(number: 0, merit: 0, traits: Self.traits(start)))
    for _ in 0..<evaluations {
      let parents = population.parents(seed: random.next())
      var next = points[parents[0].number]
      if parents.count > 1, Bool.random(using: &random) {
        for knob in 0..<6 where Bool.random(using: &random) { next[knob] = points[parents[1].number][knob] }
      }
      next = Self.step(next, &random)
      points.append(next)
      population.take(
        Member(number: points.count - 1, merit: log(base / max(Self.value(next), 1e-9)), traits: Self.traits(next)))
    }
    return Self.value(points[population.members[0].number])
  }
}
