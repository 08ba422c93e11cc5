import Comparison
import Glibc
import Sandbox
import Scoring

/// One of the three programs, with what a step of it costs on this machine.
struct Program {
  let name: String
  /// Seconds for nothing, and for a step.
  let start: Double
  let step: Double

  /// How many steps make a run take so long.
  func steps(for seconds: Double) -> Int { max(1, Int(((seconds - start) / step).rounded())) }
}

/// Runs the programs of benchmarks/work in sandboxes.
struct Bench {
  private let sandbox: Sandbox
  private let lock: MeasurementLock
  private let folder: String
  private let file: String

  /// - Parameter work: the compiled program; the file that it reads is made beside it.
  init(work: String) throws {
    guard let path = realpath(work, nil) else { throw SandboxError("find", work, String(cString: strerror(errno))) }
    defer { free(path) }
    file = String(cString: path)
    folder = String(file[..<(file.lastIndex(of: "/") ?? file.startIndex)])
    sandbox = try Sandbox()
    lock = try measurementLock()
    guard let data = fopen("\(folder)/data", "w") else { throw SandboxError("write", "\(folder)/data", "fopen") }
    let block = (0..<65536).map { UInt8(truncatingIfNeeded: $0 * 31) }
    for _ in 0..<64 { fwrite(block, 1, block.count, data) }
    fclose(data)
  }

  /// Alone on the machine, as far as those who know the lock are concerned.
  func alone<Result>(_ work: () throws -> Result) throws -> Result {
    try lock.acquire()
    // A released flock is free to take again at once: those who wait look every 20 ms.
    defer {
      lock.release()
      usleep(50_000)
    }
    return try work()
  }

  /// On one processor, as `--cores 1`: the programs have one thread, and are quieter there.
  func jar(_ name: String, steps: Int) throws -> Jar {
    Jar(
      policy: try Policy.builtIn("strict"), arguments: [file, name, "\(steps)", "\(folder)/data"],
      mounts: [Jar.Mount(.readOnly, source: folder)], budget: Budget(cores: 1))
  }

  /// What a step of a program costs: the least of several runs of two lengths, so that a busy machine hardly shows.
  func program(_ name: String) throws -> Program { try alone { try measured(name) } }

  private func measured(_ name: String) throws -> Program {
    func wall(_ steps: Int) throws -> Double { try self.wall(jar(name, steps: steps)) }
    var steps = 16
    while try wall(steps) < 0.020 { steps *= 2 }
    // By turns, as the machine's speed changes.
    var (none, all) = (Double.infinity, Double.infinity)
    for _ in 0..<30 {
      none = min(none, try wall(0))
      all = min(all, try wall(steps))
    }
    return Program(name: name, start: none, step: (all - none) / Double(steps))
  }

  /// Seconds of one run, as `CommandPairs` has it run.
  func wall(_ jar: Jar) throws -> Double {
    var jar = jar
    jar.keepsCores = true
    return try sandbox.run(jar).outcome.wall.seconds
  }

  /// The pairs of one comparison, as `belljar compare -- A B` makes them.
  func pairs(_ champion: Jar, _ candidate: Jar, seed: UInt64) -> CommandPairs {
    CommandPairs(
      sandbox: sandbox, champion: champion, candidate: candidate, names: ("A", "B"),
      settings: CaseSettings(name: "B over A", unit: "s"), measure: .wall, expected: 0, warmup: 1, seed: seed,
      cancellation: Cancellation())
  }
}

extension Duration {
  var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
