import Comparison
import Scoring

/// One session of pairs, judged at several margins at once: each has the test that `belljar compare --margin` would have, and sees
/// the same pairs.
struct Trial {
  struct Judged {
    let margin: Double
    var answer = Answer.undecided
    /// When the answer was there, or the time was up, in seconds; launches and warm-up included.
    var seconds = 0.0
    var pairs = 0
  }

  var judged: [Judged]
  var champion: [Double] = []
  var candidate: [Double] = []
  var noise = 0.0

  /// - Parameter limit: as `--time`: no block is begun that would end after it.
  init(_ source: CommandPairs, margins: [Double], limit: Double, seed: UInt64) throws {
    var source = source
    var tests = margins.map {
      SequentialComparison(
        SequentialComparison.Settings(alpha: 0.05, margin: $0, maxPairs: 10_000, minPairs: 8))
    }
    judged = margins.map { Judged(margin: $0) }
    var blocks = BlockSchedule(seed: seed)
    let began = now()
    try source.warmUp()
    var longest = 0.0
    var pair = 0
    while tests.contains(where: { $0.answer == nil }) {
      let before = now()
      if pair > 0, before - began + longest > limit { break }
      let order = blocks.nextBlock()
      for half in [order[..<2], order[2...]] {
        for each in try source.measure(pair: pair, order: Array(half), cases: [0]) {
          champion.append(each.champion.value)
          candidate.append(each.candidate.value)
          let ratio = LogRatio.of(each.candidate.value, over: each.champion.value)
          for index in tests.indices where tests[index].answer == nil { tests[index].add(ratio) }
        }
        pair += 1
      }
      let after = now()
      longest = max(longest, after - before)
      for index in tests.indices where judged[index].seconds == 0 && tests[index].answer != nil {
        judged[index].seconds = after - began
      }
    }
    let end = now() - began
    for index in tests.indices {
      judged[index].answer = tests[index].answer ?? .undecided
      judged[index].pairs = tests[index].pairs
      if judged[index].seconds == 0 { judged[index].seconds = end }
    }
    noise = tests.max { $0.pairs < $1.pairs }?.noise ?? 0
  }
}
