internal import Glibc

/// The processes below a sandbox's init, read from /proc: what holds the limits where no cgroup can be had.
struct ProcessTree {
  /// Resident bytes of all processes together; pages that they share count for each.
  var resident = 0
  /// Processes and threads: all that were listed, as in a bomb most are gone before they can be looked at.
  var tasks = 0
  /// User and system time of what lives and what was waited for.
  var cpu: Duration = .zero
  private(set) var members: Set<Int32> = []

  /// Walks from the init downwards, and looks at its children once more: orphans come to it during the walk. A process
  /// that ends meanwhile is left out.
  init(below pid: Int32) {
    var seen: Set<Int32> = []
    walk([pid], &seen)
    walk(children(of: pid, thread: pid).filter { !seen.contains($0) }, &seen)
    members = seen
  }

  private mutating func walk(_ start: [Int32], _ seen: inout Set<Int32>) {
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    let tick = Int(sysconf(Int32(_SC_CLK_TCK)))
    var waiting = start
    while let next = waiting.popLast(), seen.count < 100_000 {
      guard seen.insert(next).inserted else { continue }
      tasks += 1
      guard var fields = Fields(statisticsOf: next) else { continue }
      // utime, stime, cutime, cstime are fields 14 to 17, num_threads is 20, rss is 24.
      fields.skip(words: 11)
      var ticks = 0
      for _ in 0..<4 { ticks += fields.word()?.number ?? 0 }
      fields.skip(words: 2)
      let own = max(1, fields.word()?.number ?? 1)
      fields.skip(words: 3)
      guard let pages = fields.word()?.number else { continue }
      tasks += own - 1
      resident += pages * page
      cpu += .nanoseconds(ticks * (1_000_000_000 / tick))
      for thread in threads(of: next, count: own) {
        waiting.append(contentsOf: children(of: next, thread: thread))
      }
    }
  }

  private func children(of pid: Int32, thread: Int32) -> [Int32] {
    (readText("/proc/\(pid)/task/\(thread)/children") ?? "").split(separator: " ").compactMap { Int32($0) }
  }

  private func threads(of pid: Int32, count: Int) -> [Int32] {
    guard count > 1, let names = folderNames("/proc/\(pid)/task") else { return [pid] }
    return names.compactMap { Int32($0) }
  }

  /// Proportional set size of the tree, in bytes: exact, but dearer; asked only when `resident` is over the limit.
  var proportional: Int {
    members.reduce(0) { sum, pid in
      for line in (readText("/proc/\(pid)/smaps_rollup") ?? "").split(separator: "\n") where line.hasPrefix("Pss:") {
        return sum + (line.split(separator: " ").compactMap { Int($0) }.first ?? 0) * 1024
      }
      return sum
    }
  }
}
