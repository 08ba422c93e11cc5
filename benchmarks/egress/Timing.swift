import Glibc

/// Milliseconds.
func now() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) * 1e3 + Double(time.tv_nsec) / 1e6
}

/// Some measured values of one thing.
struct Sample {
  private(set) var values: [Double] = []

  mutating func add(_ value: Double) { values.append(value) }

  func quantile(_ share: Double) -> Double {
    let sorted = values.sorted()
    return sorted.isEmpty ? .nan : sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
  }

  var median: Double { quantile(0.5) }

  var line: String {
    "\(padded("\(values.count)", 6))\(padded(fixed(median), 11))\(padded(fixed(quantile(0.05)), 11))\(fixed(quantile(0.95)))"
  }
}

func fixed(_ value: Double) -> String {
  guard value.isFinite else { return "-" }
  let scaled = Int((abs(value) * 1000).rounded())
  let rest = "\(scaled % 1000)"
  return (value < 0 ? "-" : "") + "\(scaled / 1000)." + String(repeating: "0", count: 3 - rest.count) + rest
}

func padded(_ text: String, _ width: Int) -> String {
  text + String(repeating: " ", count: max(1, width - text.count))
}

/// The machine, for the head of each report.
func machine() -> String {
  var system = utsname()
  uname(&system)
  let kernel = withUnsafeBytes(of: &system.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  var load = [0.0]
  getloadavg(&load, 1)
  return "Linux \(kernel), \(sysconf(Int32(_SC_NPROCESSORS_ONLN))) cores, load \(fixed(load[0]))"
}
