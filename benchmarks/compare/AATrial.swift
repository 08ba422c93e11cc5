import BenchmarkTiming
import Comparison
import Glibc
import Scoring

/// Programs of about 5 ms against themselves, every second comparison with a load on the other processor.
struct AATrial {
  let bench: Bench
  /// Seconds; a block and the start of the next one fit into what is left of three.
  private let limit = 2.95
  private let margins = [0.01, 0, 0.02]

  func run(count: Int) throws {
    let programs = try ["cpu", "alloc", "file"].map { try bench.program($0) }
    for each in programs {
      print(
        "\(padded(each.name, 6)) \(each.steps(for: 0.005)) steps for 5 ms, of which \(fixed(each.start * 1e3, 2)) ms start"
      )
    }
    var random = SystemRandomNumberGenerator()
    var trials: [(program: String, loaded: Bool, trial: Trial)] = []
    for number in 0..<count {
      let program = programs[number % programs.count]
      let jar = try bench.jar(program.name, steps: program.steps(for: 0.005))
      let isLoaded = number / programs.count % 2 == 1
      let trial = try bench.alone {
        let load = isLoaded ? Load(options.work) : nil
        defer { withExtendedLifetime(load) {} }
        return try Trial(
          bench.pairs(jar, jar, seed: random.next()), margins: margins, limit: limit, seed: random.next())
      }
      trials.append((program.name, isLoaded, trial))
      if number % 50 == 49 { tell("\(number + 1) of \(count)\n") }
      // An hour may be cut short.
      if number % 200 == 199, number + 1 < count { show(trials, programs) }
    }
    show(trials, programs)
    print(
      "promised: at most 1 % at a margin of 1 %, at most 5 % at 0, at least 90 % same at 2 %, each within 3 s")
  }

  private func show(_ trials: [(program: String, loaded: Bool, trial: Trial)], _ programs: [Program]) {
    print()
    let idle = trials.filter { !$0.loaded }.map(\.trial)
    let loaded = trials.filter(\.loaded).map(\.trial)
    show("all", trials.map(\.trial))
    show("idle", idle)
    show("with a load", loaded)
    for each in programs { show(each.name, trials.filter { $0.program == each.name }.map(\.trial)) }
  }

  private func show(_ name: String, _ trials: [Trial]) {
    guard !trials.isEmpty else { return }
    func share(_ matches: (Trial) -> Bool) -> String {
      BinomialInterval(successes: trials.count(where: matches), trials: trials.count).percentText
    }
    let noise = trials.map { $0.noise * 100 }
    print(
      "\(name): n = \(trials.count), noise of a pair \(fixed(quantile(noise, 0.5), 1)) % "
        + "(p5 \(fixed(quantile(noise, 0.05), 1)), p95 \(fixed(quantile(noise, 0.95), 1))), "
        + "\(Int(quantile(trials.map { Double($0.champion.count) }, 0.5))) pairs")
    for (index, margin) in margins.enumerated() {
      let seconds = trials.map { $0.judged[index].seconds }
      print(
        "  margin \(padded("\(Int((margin * 100).rounded())) %", 4))  better or worse "
          + padded(share { [.better, .worse].contains($0.judged[index].answer) }, 26)
          + "same " + padded(share { $0.judged[index].answer == .same }, 28) + spread(seconds))
    }
    print("  means differ by 5 %     " + share { OtherTests.meansDiffer($0.champion, $0.candidate) })
    print("  Welch at .05            " + share { OtherTests.welch($0.champion, $0.candidate) })
    print("  Mann-Whitney at .05     " + share { OtherTests.mannWhitney($0.champion, $0.candidate) } + "\n")
    fflush(nil)
  }
}
