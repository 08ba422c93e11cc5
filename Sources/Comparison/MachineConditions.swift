internal import Glibc
internal import Sandbox

/// What else the machine did while something was measured. What it doesn't tell is nil.
package struct MachineConditions: Sendable, Hashable {
  /// Processors that are online.
  package var processors: Int
  /// Runnable threads on average over the last minute, at the start and at the end (/proc/loadavg); our own are among them.
  package var loadBefore: Double?
  package var loadAfter: Double?
  /// The share of processor time that the hypervisor gave to others (/proc/stat, `steal`), from 0 to 1.
  package var steal: Double?
  /// The share of time in which some runnable thread waited for a processor (/proc/pressure/cpu), from 0 to 1.
  package var pressure: Double?

  /// Turns of the measurement that began while sandboxes of other Belljar processes went on.
  package var turnsBesideOthers = 0

  package init(
    processors: Int, loadBefore: Double? = nil, loadAfter: Double? = nil, steal: Double? = nil, pressure: Double? = nil
  ) {
    self.processors = processors
    self.loadBefore = loadBefore
    self.loadAfter = loadAfter
    self.steal = steal
    self.pressure = pressure
  }

  /// The same as named numbers, for a score's record.
  package var metrics: [String: Double] {
    let named = [
      "machine_load": loadBefore, "machine_load_after": loadAfter, "machine_steal": steal,
      "machine_cpu_pressure": pressure,
      "machine_turns_beside_others": turnsBesideOthers > 0 ? Double(turnsBesideOthers) : nil,
    ]
    return named.compactMapValues { $0 }
  }

  /// What may have disturbed a measurement, in words; empty where nothing stands out.
  package var warnings: [String] {
    var found: [String] = []
    if let steal, steal > 0.02 {
      found.append(
        "the hypervisor took \(Int((steal * 100).rounded())) % of the processor time: a quieter machine sees more")
    }
    if let loadBefore, loadBefore > Double(processors) {
      found.append("the load was \(loadBefore) on \(processors) processors when the measurement began")
    }
    if turnsBesideOthers > 0 {
      let turns = turnsBesideOthers == 1 ? "1 turn" : "\(turnsBesideOthers) turns"
      found.append("\(turns) of the measurement began while sandboxes of other Belljar processes may have gone on")
    }
    return found
  }
}

/// The counters that conditions are made from, read at the start of a measurement.
package struct MachineWatch {
  private let load: Double?
  private let stat: ProcStat?
  private let stalled: Double?
  private let began: Double

  package init() {
    load = Self.load()
    stat = readText("/proc/stat").flatMap { ProcStat($0) }
    stalled = Self.stalled()
    began = MonotonicClock.seconds()
  }

  /// The conditions since then.
  ///
  /// - Parameter lock: The one under which was measured.
  package func conditions(_ lock: MeasurementLock? = nil) -> MachineConditions {
    var conditions = MachineConditions(
      processors: max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))), loadBefore: load, loadAfter: Self.load())
    if let stat, let now = readText("/proc/stat").flatMap({ ProcStat($0) }), now.total > stat.total {
      conditions.steal = (now.steal - stat.steal) / (now.total - stat.total)
    }
    conditions.turnsBesideOthers = lock?.turnsBesideOthers ?? 0
    let seconds = MonotonicClock.seconds() - began
    if let stalled, let now = Self.stalled(), seconds > 0 { conditions.pressure = (now - stalled) / seconds }
    return conditions
  }

  private static func load() -> Double? {
    readText("/proc/loadavg")?.split(separator: " ").first.flatMap { Double($0) }
  }

  /// Seconds in which some thread waited for a processor.
  private static func stalled() -> Double? {
    guard let line = readText("/proc/pressure/cpu")?.split(separator: "\n").first,
      let total = line.split(separator: " ").first(where: { $0.hasPrefix("total=") })
    else { return nil }
    return Double(total.dropFirst(6)).map { $0 / 1e6 }
  }
}

/// The `cpu` line of /proc/stat, in ticks.
struct ProcStat {
  /// user, nice, system, idle, iowait, irq, softirq and steal; guest time is in user already.
  let total: Double
  let steal: Double

  init?(_ text: String) {
    guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix("cpu ") }) else { return nil }
    let ticks = line.split(separator: " ").dropFirst().prefix(8).compactMap { Double($0) }
    guard ticks.count == 8 else { return nil }
    total = ticks.reduce(0, +)
    steal = ticks[7]
  }
}
