package import Ledger

/// Moments as ISO 8601 in UTC.
package enum Moments {
  package static func text(_ moment: Moment) -> String {
    // Civil from days (Howard Hinnant, chrono-compatible date algorithms).
    let seconds = Int(moment / 1000)
    let days = seconds / 86400
    let rest = seconds % 86400
    let shifted = days + 719_468
    let era = shifted / 146_097
    let day = shifted % 146_097
    let year = (day - day / 1460 + day / 36524 - day / 146_096) / 365
    let ofYear = day - (365 * year + year / 4 - year / 100)
    let month = (5 * ofYear + 2) / 153
    let date = ofYear - (153 * month + 2) / 5 + 1
    let name = month < 10 ? month + 3 : month - 9
    func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
    return "\(year + era * 400 + (name <= 2 ? 1 : 0))-\(two(name))-\(two(date))T\(two(rest / 3600)):"
      + "\(two(rest / 60 % 60)):\(two(rest % 60))Z"
  }
}
