import Comparison
import Glibc
import Sandbox

/// The command line.
struct Options {
  enum Mode { case aa, power, noise }
  let mode: Mode
  /// The compiled benchmarks/work/work.c.
  let work: String
  /// How many comparisons, or turns of runs; nil for as many as the promise names.
  let count: Int?

  init(_ arguments: [String]) {
    let modes = ["aa": Mode.aa, "power": .power, "noise": .noise]
    guard arguments.count >= 3, let mode = modes[arguments[1]], arguments.count == 3 || Int(arguments[3]) ?? 0 > 0
    else {
      print("usage: compare-benchmark aa|power|noise WORK [COUNT]")
      exit(64)
    }
    self.mode = mode
    work = arguments[2]
    count = arguments.count > 3 ? Int(arguments[3]) : nil
  }
}

func now() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// The machine's measurement lock, taken for each comparison and not between; or the file that BENCH_LOCK names, which whoever
/// else works on this machine can hold meanwhile.
func measurementLock() throws -> MeasurementLock {
  let lock: MeasurementLock
  if let own = getenv("BENCH_LOCK") {
    lock = try MeasurementLock(places: [String(cString: own)], cancellation: Cancellation())
  } else {
    lock = try MeasurementLock(cancellation: Cancellation())
  }
  lock.waiting = { tell("waiting: \($0)\n") }
  return lock
}

/// Progress, beside the report.
func tell(_ line: String) { _ = Array(line.utf8).withUnsafeBytes { write(2, $0.baseAddress, $0.count) } }

/// The machine, for the head of each report.
func machine() -> String {
  var system = utsname()
  uname(&system)
  let kernel = withUnsafeBytes(of: &system.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  var load = [0.0]
  getloadavg(&load, 1)
  return "Linux \(kernel), \(sysconf(Int32(_SC_NPROCESSORS_ONLN))) processors, load \(fixed(load[0], 2))"
}

func quantile(_ values: [Double], _ share: Double) -> Double {
  let sorted = values.sorted()
  return sorted.isEmpty ? .nan : sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
}

func fixed(_ value: Double, _ digits: Int) -> String {
  guard value.isFinite else { return "-" }
  let scale = pow(10, Double(digits))
  let scaled = Int((abs(value) * scale).rounded())
  let rest = "\(scaled % Int(scale))"
  return (value < 0 ? "-" : "") + "\(scaled / Int(scale))."
    + String(repeating: "0", count: max(0, digits - rest.count)) + rest
}

/// `1.80 s (p95 2.90, most 2.95)`.
func spread(_ seconds: [Double]) -> String {
  "\(fixed(quantile(seconds, 0.5), 2)) s (p95 \(fixed(quantile(seconds, 0.95), 2)), most \(fixed(seconds.max() ?? .nan, 2)))"
}
