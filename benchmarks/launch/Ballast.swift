import BenchmarkTiming
import Glibc
import Sandbox

/// Launches with 512 MB touched in this process, beside the same without: what a fork would have to copy.
struct Ballast {
  let sandbox: Sandbox
  let jar: Jar
  private static let size = 512 << 20

  func run(rounds: Int) {
    let (sandbox, jar) = (sandbox, jar)
    var light = Contender("without") { launch(sandbox, jar) }
    var heavy = Contender("512 MB") { launch(sandbox, jar) }
    for _ in 0..<10 {
      for _ in 0..<(rounds / 10) {
        usleep(2000)
        light.times.append(light.run())
      }
      let block = mmap(nil, Self.size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
      guard let block, block != MAP_FAILED else { return print("ballast: no memory to be had") }
      memset(block, 1, Self.size)
      for _ in 0..<(rounds / 10) {
        usleep(2000)
        heavy.times.append(heavy.run())
      }
      munmap(block, Self.size)
    }
    show(
      "/bin/true by the library, in blocks by turns; \(machine()); ms", [light, heavy], reference: "without",
      share: "of without")
  }
}
