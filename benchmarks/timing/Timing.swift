internal import Glibc

/// Milliseconds of the monotonic clock.
package func now() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) * 1e3 + Double(time.tv_nsec) / 1e6
}

/// posix_spawn and waitpid of a whole command; milliseconds, and NaN where it fails.
///
/// - Parameter silent: Whether its output is thrown away.
package func spawn(_ arguments: [String], silent: Bool = false) -> Double {
  var actions = posix_spawn_file_actions_t()
  posix_spawn_file_actions_init(&actions)
  defer { posix_spawn_file_actions_destroy(&actions) }
  if silent { posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0) }
  var argv = arguments.map { strdup($0) } + [nil]
  defer { for pointer in argv { free(pointer) } }
  var pid: pid_t = 0
  var status: Int32 = 0
  let begun = now()
  guard posix_spawnp(&pid, arguments[0], &actions, nil, &argv, environ) == 0 else { return .nan }
  while waitpid(pid, &status, 0) < 0, errno == EINTR {}
  return status == 0 ? now() - begun : .nan
}

package func quantile(_ sorted: [Double], _ share: Double) -> Double {
  sorted.isEmpty ? .nan : sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
}

package func fixed(_ value: Double) -> String {
  guard value.isFinite else { return "-" }
  let scaled = Int((abs(value) * 1000).rounded())
  let rest = "\(scaled % 1000)"
  return (value < 0 ? "-" : "") + "\(scaled / 1000)." + String(repeating: "0", count: 3 - rest.count) + rest
}

package func padded(_ text: String, _ width: Int) -> String {
  text + String(repeating: " ", count: max(1, width - text.count))
}

/// One way to do the same, and the times that it took, in milliseconds.
package struct Contender {
  package let name: String
  package let run: () -> Double
  package var times: [Double] = []

  package init(_ name: String, _ run: @escaping () -> Double) {
    self.name = name
    self.run = run
  }

  package var median: Double { quantile(times.sorted(), 0.5) }
}

/// Runs all contenders by turns, in another order each round, so that no one always follows the same neighbour. The first rounds
/// don't count.
package func interleave(_ contenders: inout [Contender], rounds: Int, warmup: Int, pause: UInt32) {
  for round in 0..<(rounds + warmup) {
    for index in contenders.indices.shuffled() {
      usleep(pause)
      let time = contenders[index].run()
      if round >= warmup, time.isFinite { contenders[index].times.append(time) }
    }
  }
}

/// A table with the share of the last contender's median, or of a named one's.
package func show(_ title: String, _ contenders: [Contender], reference name: String, share: String) {
  let reference = contenders.first { $0.name == name }?.median ?? .nan
  let width = (contenders.map(\.name.count).max() ?? 0) + 2
  print(title)
  print(padded("", width) + "n     median   p5       p95      \(share)")
  for each in contenders {
    let sorted = each.times.sorted()
    print(
      padded(each.name, width) + padded("\(sorted.count)", 6) + padded(fixed(each.median), 9)
        + padded(fixed(quantile(sorted, 0.05)), 9) + padded(fixed(quantile(sorted, 0.95)), 9)
        + fixed(each.median / reference))
  }
  // Each table as it is done, also into a pipe.
  fflush(nil)
}

/// The machine, for the head of each report.
package func machine() -> String {
  var system = utsname()
  uname(&system)
  let kernel = withUnsafeBytes(of: &system.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  var load = [0.0]
  getloadavg(&load, 1)
  return "Linux \(kernel), \(sysconf(Int32(_SC_NPROCESSORS_ONLN))) cores, load \(fixed(load[0]))"
}
