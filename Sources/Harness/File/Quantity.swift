package import Sandbox

/// Quantities as they are written in a harness file, for explanations.
package enum Quantity {
  package static func duration(_ duration: Duration) -> String {
    let units: [(Duration, String)] = [
      (.seconds(86_400), "d"), (.seconds(3600), "h"), (.seconds(60), "min"), (.seconds(1), "s"),
      (.milliseconds(1), "ms"),
      (.microseconds(1), "us"),
    ]
    for (unit, name) in units where duration >= unit {
      let count = duration / unit
      if count == count.rounded() { return "\(Int(count)) \(name)" }
    }
    return "\(duration / .seconds(1)) s"
  }

  package static func bytes(_ bytes: Int) -> String {
    let units = [
      (1 << 40, "TiB"), (1_000_000_000_000, "TB"), (1 << 30, "GiB"), (1_000_000_000, "GB"), (1 << 20, "MiB"),
      (1_000_000, "MB"), (1 << 10, "KiB"), (1000, "KB"),
    ]
    for (unit, name) in units where bytes >= unit && bytes % unit == 0 { return "\(bytes / unit) \(name)" }
    return "\(bytes) B"
  }

  package static func percent(_ fraction: Double) -> String {
    let hundredths = (fraction * 10_000).rounded() / 100
    return hundredths == hundredths.rounded() ? "\(Int(hundredths)) %" : "\(hundredths) %"
  }

  package static func budget(_ budget: Budget) -> String {
    var parts: [String] = []
    if let wall = budget.wall { parts.append("wall \(duration(wall))") }
    if let grace = budget.grace { parts.append("grace \(duration(grace))") }
    if let cpu = budget.cpu { parts.append("cpu \(duration(cpu))") }
    if let memory = budget.memory { parts.append("memory \(bytes(memory))") }
    if let processes = budget.processes { parts.append("processes \(processes)") }
    if let disk = budget.disk { parts.append("disk \(bytes(disk))") }
    if let output = budget.output { parts.append("output \(bytes(output))") }
    if let cores = budget.cores { parts.append("cores \(cores)") }
    if let fileSize = budget.fileSize { parts.append("file_size \(bytes(fileSize))") }
    if let openFiles = budget.openFiles { parts.append("open_files \(openFiles)") }
    return parts.isEmpty ? "the policy's" : parts.joined(separator: ", ")
  }
}
