/// Quantities as people write them, in the harness file and on the command line alike.
package enum Units {
  /// `60 s`, `10min`, `1.5 h`: positive, with a unit, at most a hundred years; else nil.
  package static func duration(_ text: String) -> Duration? {
    guard let (digits, scale, unit) = split(text), let attoseconds = durations[unit] else { return nil }
    let total = digits * attoseconds / scale
    guard total > 0, total <= 36_500 * 86_400 * second else { return nil }
    return Duration(attoseconds: total)
  }

  /// `200 KB` (1000), `64 MiB` (1024), `512 B`: a whole number of bytes with a unit; else nil.
  package static func byteCount(_ text: String) -> Int? {
    guard let (digits, scale, unit) = split(text), let factor = sizes[unit] else { return nil }
    let (total, rest) = (digits * factor).quotientAndRemainder(dividingBy: scale)
    return rest == 0 ? Int(exactly: total) : nil
  }

  /// `1 %` as 0.01; not negative; else nil.
  package static func fraction(_ text: String) -> Double? {
    guard let (digits, scale, unit) = split(text), unit == "%" else { return nil }
    return Double(digits) / Double(scale * 100)
  }

  /// A finite decimal number without a unit; else nil.
  package static func number(_ text: String) -> Double? {
    // Double(_:) also reads "nan", "inf" and hexadecimal; none of them is a number here.
    guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) || "+-.eE".utf8.contains($0) }) else { return nil }
    guard let value = Double(text), value.isFinite else { return nil }
    return value
  }

  private static let second: Int128 = 1_000_000_000_000_000_000
  private static let durations: [String: Int128] = [
    "ns": second / 1_000_000_000, "us": second / 1_000_000, "µs": second / 1_000_000, "μs": second / 1_000_000,
    "ms": second / 1000, "s": second, "min": 60 * second, "h": 3600 * second, "d": 86_400 * second,
  ]
  private static let sizes: [String: Int128] = [
    "B": 1, "kB": 1000, "KB": 1000, "MB": 1_000_000, "GB": 1_000_000_000, "TB": 1_000_000_000_000,
    "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40,
  ]

  /// The number as `digits / scale`, exactly, and the unit after any spaces.
  private static func split(_ text: String) -> (digits: Int128, scale: Int128, unit: String)? {
    var (digits, scale, whole, parts) = (Int128(0), Int128(1), 0, 0)
    var rest = text.unicodeScalars[...]
    var pointSeen = false
    while let scalar = rest.first {
      if ("0"..."9").contains(scalar) {
        digits = digits * 10 + Int128(scalar.value - 48)
        if pointSeen { (scale, parts) = (scale * 10, parts + 1) } else { whole += 1 }
        // 12 digits before the point and 6 after it keep every product within 128 bits.
        guard whole <= 12, parts <= 6 else { return nil }
      } else if scalar == ".", !pointSeen, whole > 0 {
        pointSeen = true
      } else {
        break
      }
      rest.removeFirst()
    }
    guard whole > 0, !pointSeen || parts > 0 else { return nil }
    return (digits, scale, String(rest.drop { $0 == " " }))
  }
}
