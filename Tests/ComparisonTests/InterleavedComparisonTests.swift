import Comparison
import Scoring
import Testing

@Suite("A measuring session") struct InterleavedComparisonTests {
  private func settings(_ name: String = "one", margin: Double = 0.01, maxPairs: Int = 10_000) -> CaseSettings {
    CaseSettings(name: name, unit: "s", margin: margin, maxPairs: maxPairs)
  }

  private func session(_ source: ScriptedPairs, time: Double? = nil) throws -> [ComparedCase] {
    var session = InterleavedComparison(source, seed: 1, clock: { source.now })
    session.timeLimit = time
    return try session.run()
  }

  @Test(
    "it ends with the first whole block that makes the answer clear",
    arguments: [(0.1, Answer.worse), (-0.1, .better), (0.0, .same)])
  func answers(effect: Double, answer: Answer) throws {
    let source = ScriptedPairs([settings()]) { _, _ in effect }
    let cases = try session(source)
    #expect(cases.map(\.answer) == [answer])
    #expect(cases[0].pairs == 10)
    #expect(source.warmedUp == 1)
    #expect(abs(cases[0].ratio - exp(effect)) < 1e-12)
  }

  @Test("where more is better, less is worse, beside other cases too")
  func maximize() throws {
    let rate = CaseSettings(name: "rate", unit: "rows", direction: .maximize, margin: 0.01)
    let source = ScriptedPairs([rate, settings()]) { _, _ in -0.1 }
    #expect(try session(source).map(\.answer) == [.worse, .better])
  }

  @Test("the sides run in blocks of ABBA or BAAB")
  func blocks() throws {
    let source = ScriptedPairs([settings()]) { _, pair in pair % 2 == 0 ? 0.5 : -0.5 }
    _ = try session(source, time: 1)
    let orders = source.orders
    #expect(orders.count.isMultiple(of: 2))
    for block in stride(from: 0, to: orders.count, by: 2) {
      #expect(Set(orders[block]) == Set(Side.allCases))
      #expect(orders[block + 1] == orders[block].reversed())
    }
    let first = stride(from: 0, to: orders.count, by: 2).map { orders[$0][0] }
    #expect(Set(first) == Set(Side.allCases), "both orders come first now and then")
  }

  @Test("when the time is up, what has no answer is undecided, and no block is begun that would end later")
  func time() throws {
    let source = ScriptedPairs([settings()], secondsEach: 0.1) { _, pair in pair % 2 == 0 ? 0.5 : -0.5 }
    let cases = try session(source, time: 1.05)
    #expect(cases.map(\.answer) == [.undecided])
    #expect(cases[0].pairs == 10)
  }

  @Test("a first block is measured even where it takes longer than the time")
  func shortTime() throws {
    let source = ScriptedPairs([settings()], secondsEach: 10) { _, _ in 0.1 }
    #expect(try session(source, time: 1).map(\.pairs) == [2])
  }

  @Test("a case that has its answer is measured no more, the others go on")
  func caseByCase() throws {
    let source = ScriptedPairs([settings("slow"), settings("noisy")]) { index, pair in
      index == 0 ? -0.2 : pair % 2 == 0 ? 0.5 : -0.5
    }
    let cases = try session(source, time: 2)
    #expect(cases.map(\.answer) == [.better, .undecided])
    #expect(cases[0].pairs == 10)
    #expect(source.asked.last == [1])
  }

  @Test("one of many cases needs more evidence to be called worse than one alone, and gets it")
  func holm() throws {
    let many = (0..<8).map { settings("\($0)") }
    // Case 3 is slower in all pairs, the others are the same.
    let source = ScriptedPairs(many) { index, _ in index == 3 ? 0.1 : 0 }
    let cases = try session(source)
    #expect(cases[3].answer == .worse)
    // E(14, 14) = 338 is the first to reach 8/0.025 = 320.
    #expect(cases[3].pairs == 14)
    #expect(cases[2].answer == .same)
    #expect(cases[2].pairs == 10)
  }

  @Test("a case that looks worse but not so clearly that it stands beside the others ends as undecided")
  func holmAtTheEnd() throws {
    let many = (0..<8).map { settings("\($0)", maxPairs: 8) }
    let cases = try session(ScriptedPairs(many) { index, _ in index == 3 ? 0.1 : 0 })
    #expect(cases[3].answer == .undecided)
  }

  @Test("a failing side ends the session with its words")
  func failure() {
    let source = ScriptedPairs([settings()]) { _, pair in
      if pair == 3 { throw SideFailure(.candidate, "exited with 3") }
      return 0.1
    }
    #expect(throws: SideFailure(.candidate, "exited with 3")) { try session(source) }
  }

  @Test("of 200 sessions of equal sides at the default margin, at most 2 answer better or worse, and most say same")
  func equalSides() throws {
    var answers: [Answer: Int] = [:]
    for seed in 0..<200 {
      var noise = Noise(effect: 0, sigma: 0.015, seed: UInt64(seed) &* 0x9E37_79B9)
      let source = ScriptedPairs([settings()]) { _, _ in noise.next() }
      if let answer = try session(source, time: 20)[0].answer { answers[answer, default: 0] += 1 }
    }
    #expect(answers[.better, default: 0] + answers[.worse, default: 0] <= 2)
    #expect(answers[.same, default: 0] >= 180)
  }

  @Test("of 100 sessions with a slowdown of 2 % under noise of 2 %, at least 95 say worse")
  func power() throws {
    var worse = 0
    for seed in 0..<100 {
      var noise = Noise(effect: 0.02, sigma: 0.02, seed: UInt64(seed) &* 0x1234_5677)
      let source = ScriptedPairs([settings()]) { _, _ in noise.next() }
      if try session(source, time: 6)[0].answer == .worse { worse += 1 }
    }
    #expect(worse >= 95)
  }

  @Test("the interval of a session, at its end and narrowed by all looks, holds the true ratio in at least 95 of 100")
  func interval() throws {
    var holds = 0
    var widths: [Double] = []
    for seed in 0..<200 {
      var noise = Noise(effect: 0.05, sigma: 0.03, seed: UInt64(seed) &* 0x51_7CC1_B727)
      let source = ScriptedPairs([settings(margin: 0)]) { _, _ in noise.next() }
      var session = InterleavedComparison(source, seed: UInt64(seed), clock: { source.now })
      session.timeLimit = 2
      session.stopsEarly = false
      let interval = try #require(try session.run()[0].interval)
      if interval.contains(exp(0.05)) { holds += 1 }
      widths.append(interval.upperBound - interval.lowerBound)
    }
    #expect(holds >= 190)
    #expect(widths.max() ?? 1 < 0.03, "200 pairs with a noise of 3 % leave about 1 %")
  }

  @Test("outliers are counted, and stay in")
  func outliers() throws {
    var noise = Noise(effect: 0, sigma: 0.01, seed: 5)
    let source = ScriptedPairs([settings(margin: 0)]) { _, pair in pair == 7 ? 3 : noise.next() }
    let cases = try session(source, time: 1)
    #expect(cases[0].outliers >= 1)
    #expect(cases[0].logRatios.contains { $0 > 2.9 })
    #expect(cases[0].logRatios.count == cases[0].pairs)
  }
}
