import BenchmarkTiming
import Glibc
import Sandbox

/// A launch every 150 ms against a tight loop: caches are cold, so that bare posix_spawn is slower too; by how much more is ours?
struct SpacedLaunches {
  let sandbox: Sandbox
  let jar: Jar

  func run(rounds: Int) {
    let (sandbox, jar) = (sandbox, jar)
    func contenders() -> [Contender] {
      [Contender("posix_spawn") { spawn(["/bin/true"]) }, Contender("library") { launch(sandbox, jar) }]
    }
    var (tight, spaced) = (contenders(), contenders())
    // Ten blocks of each, so that a change of the machine's speed meets both.
    for _ in 0..<10 {
      for index in tight.indices.shuffled() {
        for _ in 0..<(rounds / 10 + 2) { tight[index].times.append(tight[index].run()) }
      }
      interleave(&spaced, rounds: rounds / 10, warmup: 1, pause: 150_000)
    }
    print("a launch of /bin/true every 150 ms against a tight loop, \(rounds) of each; \(machine())")
    var factors: [Double] = []
    for index in tight.indices {
      let factor = spaced[index].median / tight[index].median
      factors.append(factor)
      print(
        padded(tight[index].name, 14) + "tight " + padded(fixed(tight[index].median), 9) + "spaced "
          + padded(fixed(spaced[index].median), 9) + "factor " + fixed(factor))
    }
    print("the library's factor is \(fixed(factors[1] / factors[0])) of posix_spawn's")
  }
}
