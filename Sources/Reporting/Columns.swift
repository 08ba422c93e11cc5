internal import Harness
internal import Scoring

/// Numbers as a reader wants them: few digits, aligned, with units.
package enum Figures {
  /// Seconds as `15.2 ms`, `3.40 s`, `2 min 5 s`.
  package static func time(_ seconds: Double) -> String {
    // A candidate's own report may say any number: these are in no unit that a reader knows, and in no integer.
    guard seconds.magnitude < 1e15 else { return "\(seconds) s" }
    if seconds < 1e-6, seconds > 0 { return "\(fixed(seconds * 1e9, 2)) ns" }
    if seconds < 1e-3 { return "\(fixed(seconds * 1e6, 0)) us" }
    if seconds < 1 { return "\(fixed(seconds * 1e3, 1)) ms" }
    if seconds < 60 { return "\(fixed(seconds, 2)) s" }
    return "\(Int(seconds) / 60) min \(Int(seconds) % 60) s"
  }

  /// A ratio as `0.523`.
  package static func ratio(_ value: Double) -> String { fixed(value, 3) }

  /// A scorer's number with its unit.
  package static func value(_ value: Double, unit: String) -> String {
    unit == "s" ? time(value) : unit.isEmpty ? plain(value) : "\(plain(value)) \(unit)"
  }

  /// With so many digits behind the point.
  package static func fixed(_ value: Double, _ digits: Int) -> String {
    guard value.isFinite else { return "\(value)" }
    var scale = 1.0
    for _ in 0..<digits { scale *= 10 }
    let scaled = (value.magnitude * scale).rounded()
    guard scaled < 9e15 else { return "\(value)" }
    let whole = Int(scaled)
    let sign = value < 0 && whole > 0 ? "-" : ""
    guard digits > 0 else { return "\(sign)\(whole)" }
    let unit = Int(scale)
    let fraction = "\(whole % unit)"
    return "\(sign)\(whole / unit)." + String(repeating: "0", count: digits - fraction.count) + fraction
  }

  private static func plain(_ value: Double) -> String {
    value == value.rounded() && value.magnitude < 1e15 ? "\(Int(value))" : fixed(value, 4)
  }

  /// Pads to a width; never cuts.
  package static func pad(_ text: String, _ width: Int) -> String {
    text.count >= width ? text : text + String(repeating: " ", count: width - text.count)
  }

  /// Text from outside with control characters, but for ends of lines, and marks of writing direction spelled out.
  package static func visible(_ text: String) -> String {
    var clean = ""
    for scalar in text.unicodeScalars {
      if scalar.isUnsafe, scalar != "\n" {
        clean += "\\x" + String(scalar.value, radix: 16)
      } else {
        clean.unicodeScalars.append(scalar)
      }
    }
    return clean
  }

  /// Text from outside as one line for a terminal: control characters escaped, at most `most` characters.
  package static func line(_ text: String, most: Int = 100) -> String {
    let clean = visible(text.split(separator: "\n", maxSplits: 1).first.map(String.init) ?? "")
    return clean.count > most ? clean.prefix(most - 3) + "..." : clean
  }

  /// Text from outside for a terminal, lines kept.
  package static func block(_ text: String, indent: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false)
      .map { indent + line(String($0), most: 2000) }.joined(separator: "\n")
  }
}
