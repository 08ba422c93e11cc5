import BenchmarkTiming
import Comparison
import Glibc
import Sandbox
import Scoring

/// What a sandbox adds to the noise of a pair: programs of about 5 ms on one processor, and the same started bare on it, in turns of a
/// few runs each.
struct NoiseTrial {
  let bench: Bench
  /// Runs of one kind that come one after the other, and as many pairs as half of them; those before are for the warmth.
  private let turn = 20, warmup = 2
  /// About what a launch takes, which a bare start doesn't.
  private let pause: UInt32 = 2_500

  func run(rounds: Int) throws {
    print("\(rounds) turns of \(turn) runs each, by turns; bare: taskset, whose start is in the time")
    for name in ["cpu", "alloc", "file"] {
      let program = try bench.program(name)
      let jar = try bench.jar(name, steps: program.steps(for: 0.005))
      let bare = ["taskset", "-c", "\(lastProcessor)"] + jar.arguments
      var sealed: [[Double]] = []
      var open: [[Double]] = []
      for _ in 0..<rounds {
        try bench.alone {
          sealed.append(try runs { try bench.wall(jar) })
          open.append(
            try runs {
              usleep(pause)
              return try spawned(bare)
            })
        }
      }
      show(name, "sealed", sealed)
      show(name, "bare", open)
    }
  }

  private func runs(_ wall: () throws -> Double) throws -> [Double] {
    for _ in 0..<warmup { _ = try wall() }
    return try (0..<turn).map { _ in try wall() }
  }

  private func show(_ program: String, _ kind: String, _ turns: [[Double]]) {
    let ratios = turns.flatMap { turn in
      stride(from: 0, to: turn.count - 1, by: 2).map { LogRatio.of(turn[$0 + 1], over: turn[$0]) }
    }
    let walls = turns.joined().map { $0 * 1e3 }
    print(
      padded(program, 6) + padded(kind, 7) + "noise of a pair "
        + padded("\(fixed((RobustStatistics.sigma(ratios) ?? .nan) * 100, 1)) %", 7)
        + "n = \(ratios.count), \(fixed(quantile(walls, 0.5), 2)) ms "
        + "(p5 \(fixed(quantile(walls, 0.05), 2)), p95 \(fixed(quantile(walls, 0.95), 2)))")
    fflush(nil)
  }

  /// Where the sandboxes' programs run too: the last of those that this process may use.
  private var lastProcessor: Int { MachineShare.machineCores.last ?? 0 }

  /// Seconds from the start of a program to its end.
  private func spawned(_ words: [String]) throws -> Double {
    let wall = spawn(words, silent: true)
    guard wall.isFinite else { throw SandboxError("run", words.joined(separator: " "), "it failed") }
    return wall / 1e3
  }
}
