import BenchmarkTiming
import Glibc
import Sandbox
import Synchronization

/// Launches a second with two workers: one sandbox shared by two threads, beside two threads that start bubblewrap.
struct Throughput {
  let sandbox: Sandbox
  let jar: Jar
  private static let slice = 1000.0

  func run(rounds: Int) {
    var rates: [[Double]] = [[], [], []]
    let (sandbox, jar) = (sandbox, jar)
    let works: [@Sendable () -> Double] = [
      { launch(sandbox, jar) }, { spawn(bubblewrap) }, { spawn(["/bin/true"]) },
    ]
    for round in 0..<(rounds + 1) {
      for index in works.indices.shuffled() {
        let rate = Self.rate(works[index])
        if round > 0 { rates[index].append(rate) }
      }
    }
    let medians = rates.map { quantile($0.sorted(), 0.5) }
    print("launches a second, two workers, \(rounds) slices of 1 s each, interleaved; \(machine())")
    for (name, index) in [("library", 0), ("bubblewrap", 1), ("posix_spawn", 2)] {
      let sorted = rates[index].sorted()
      print(
        padded(name, 14) + padded(fixed(medians[index]), 10) + "p5 " + padded(fixed(quantile(sorted, 0.05)), 10)
          + "p95 "
          + padded(fixed(quantile(sorted, 0.95)), 10) + "of bwrap " + fixed(medians[index] / medians[1]))
    }
  }

  private static func rate(_ work: @escaping @Sendable () -> Double) -> Double {
    final class Count: Sendable {
      let done = Atomic<Int>(0)
      let work: @Sendable () -> Double
      init(_ work: @escaping @Sendable () -> Double) { self.work = work }
    }
    let count = Count(work)
    let begun = now()
    let threads = (0..<2).map { _ in
      var thread = pthread_t()
      pthread_create(
        &thread, nil,
        { raw in
          guard let raw else { return nil }
          let count = Unmanaged<Count>.fromOpaque(raw).takeRetainedValue()
          let until = now() + Throughput.slice
          while now() < until { if count.work().isFinite { count.done.add(1, ordering: .relaxed) } }
          return nil
        }, Unmanaged.passRetained(count).toOpaque())
      return thread
    }
    for thread in threads { pthread_join(thread, nil) }
    return Double(count.done.load(ordering: .relaxed)) / (now() - begun) * 1000
  }
}
