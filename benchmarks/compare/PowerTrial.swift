import BenchmarkTiming
import Comparison
import Glibc
import Scoring

/// A program of about 20 ms against itself with more or less to do, at the default margin.
struct PowerTrial {
  let bench: Bench
  /// The effect, what is promised of it in 100, and within how many seconds.
  private let effects: [(change: Double, promised: Int, limit: Double)] = [
    (0.05, 97, 5), (0.02, 95, 15), (-0.05, 97, 5), (-0.02, 95, 15),
  ]
  private let length = 0.020

  func run(count: Int) throws {
    let program = try bench.program("cpu")
    print(
      "cpu    \(program.steps(for: length)) steps for 20 ms, of which \(fixed(program.start * 1e3, 2)) ms start; margin 1 %"
    )
    let champion = try bench.jar(program.name, steps: program.steps(for: length))
    var random = SystemRandomNumberGenerator()
    for effect in effects {
      // The whole run changes by so much, its start included, which costs the same on both sides.
      let changed = effect.change > 0 ? length * (1 + effect.change) : length / (1 - effect.change)
      let candidate = try bench.jar(program.name, steps: program.steps(for: changed))
      let right: Answer = effect.change > 0 ? .worse : .better
      var trials: [Trial] = []
      for number in 0..<count {
        trials.append(
          try bench.alone {
            try Trial(
              bench.pairs(champion, candidate, seed: random.next()), margins: [0.01], limit: effect.limit - 0.2,
              seed: random.next())
          })
        if number % 20 == 19 { tell("\(effect.change): \(number + 1) of \(count)\n") }
      }
      let hits = trials.count { $0.judged[0].answer == right }
      let others = Answer.allCases.filter { $0 != right }.map { other in
        "\(trials.count { $0.judged[0].answer == other }) \(other.rawValue)"
      }
      print(
        "\(padded("\(effect.change > 0 ? "+" : "")\(Int((effect.change * 100).rounded())) %", 6)) \(right.rawValue) in "
          + "\(hits) of \(count), \(BinomialInterval(successes: hits, trials: count).percentText), "
          + "\(others.joined(separator: ", ")); \(spread(trials.map { $0.judged[0].seconds })), "
          + "noise of a pair \(fixed(quantile(trials.map { $0.noise * 100 }, 0.5), 1)) %, "
          + "\(Int(quantile(trials.map { Double($0.judged[0].pairs) }, 0.5))) pairs; "
          + "promised: \(effect.promised) of 100 within \(Int(effect.limit)) s")
      fflush(nil)
    }
  }
}
