internal import Glibc

/// Files of /proc that tell of the machine, told of the budget instead: what a program sizes itself by must be what it may have
/// (proc(5)). Snapshots, made at each launch.
enum MachineFiles {
  static func lay(_ limits: Budget, affinity: [UInt8], into plan: inout PlanWriter) {
    if let memory = limits.memory { plan.cover("/proc/meminfo", memoryInfo(memory)) }
    guard !affinity.isEmpty else { return }
    func isOurs(_ core: Int) -> Bool { core / 8 < affinity.count && affinity[core / 8] & 1 << UInt8(core % 8) != 0 }
    if let text = readText("/proc/cpuinfo") { plan.cover("/proc/cpuinfo", processors(text, isOurs)) }
    if let text = readText("/proc/stat") { plan.cover("/proc/stat", statistics(text, isOurs)) }
  }

  /// What free(1) and runtimes read, as of a machine with this memory, all of it free, and no swap.
  static func memoryInfo(_ bytes: Int) -> String {
    let all = "\(bytes / 1024) kB\n"
    var text = "MemTotal: \(all)MemFree: \(all)MemAvailable: \(all)"
    for name in [
      "Buffers", "Cached", "SwapCached", "Active", "Inactive", "SwapTotal", "SwapFree", "Dirty", "Writeback",
      "AnonPages",
      "Mapped", "Shmem", "Slab", "SReclaimable", "SUnreclaim", "CommitLimit", "Committed_AS",
    ] {
      text += "\(name): 0 kB\n"
    }
    return text
  }

  /// The blocks of /proc/cpuinfo of these processors, in the order and with the numbers that they have.
  static func processors(_ text: String, _ isOurs: (Int) -> Bool) -> String {
    var kept = ""
    var isKept = true
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("processor") {
        isKept =
          line.split(separator: ":").last.flatMap { Int($0.drop { $0 == " " || $0 == "\t" }) }.map(isOurs) ?? true
      }
      if isKept { kept += line + "\n" }
    }
    return kept
  }

  /// /proc/stat with the lines of these processors, and nothing of interrupts.
  static func statistics(_ text: String, _ isOurs: (Int) -> Bool) -> String {
    var kept = ""
    for line in text.split(separator: "\n") where !line.hasPrefix("intr") && !line.hasPrefix("softirq") {
      let number = line.hasPrefix("cpu") ? Int(line.dropFirst(3).prefix { $0 != " " }) : nil
      if number.map(isOurs) ?? true { kept += line + "\n" }
    }
    return kept
  }
}
