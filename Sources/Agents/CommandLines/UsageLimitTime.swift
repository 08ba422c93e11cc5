/// When a usage limit ends, as agents and APIs say it in words.
enum UsageLimitTime {
  /// - Parameters:
  ///   - text: Such as `usage limit reached|1735689600`, `try again at 4:10 PM`, `resets Nov 25, 3pm (UTC)`, `try again in 2
  ///     hours 5 minutes`, `regain access on 2027-01-01 at 00:00 UTC`.
  ///   - now: Seconds since 1970. Times of day are taken as UTC: the agents' time zone is set so.
  static func read(_ text: String, now: Double) -> UsageLimitEnd? {
    let lower = text.lowercased()
    if let stamp = stamp(lower) { return .at(stamp) }
    if let seconds = interval(lower) { return .after(seconds) }
    if let moment = isoDate(lower) { return .at(moment) }
    for mark in ["try again at ", "resets at ", "resets "] {
      if let rest = rest(of: lower, behind: mark), let moment = timeOfDay(rest, now: now) { return .at(moment) }
    }
    return nil
  }

  /// `|1735689600`, in seconds or in milliseconds.
  private static func stamp(_ text: String) -> Double? {
    guard let bar = text.lastIndex(of: "|") else { return nil }
    let digits = text[text.index(after: bar)...].prefix { $0.isASCII && $0.isNumber }
    guard digits.count == 10 || digits.count == 13, let number = Double(digits) else { return nil }
    return digits.count == 13 ? number / 1000 : number
  }

  /// `in 3 days 2 hours`, `in 34.07s`, `in 1m30s`.
  private static func interval(_ text: String) -> Double? {
    for mark in ["try again in ", "retry in ", "retry after ", "resets in "] {
      guard let rest = rest(of: text, behind: mark) else { continue }
      var seconds = 0.0
      var isFound = false
      var left = rest[...]
      while true {
        left = left.drop { $0 == " " || $0 == "," }
        if left.hasPrefix("and ") { left = left.dropFirst(4) }
        let digits = left.prefix { $0.isASCII && $0.isNumber || $0 == "." }
        // A dot may end the sentence.
        guard let number = Double(digits.hasSuffix(".") ? digits.dropLast() : digits) else { break }
        left = left.dropFirst(digits.count).drop { $0 == " " }
        let unit = left.prefix { $0.isASCII && $0.isLetter }
        guard let length = length(of: unit) else {
          if !isFound, unit.isEmpty { return number }
          break
        }
        seconds += number * length
        isFound = true
        left = left.dropFirst(unit.count)
      }
      if isFound, seconds <= 366 * 86400 { return seconds }
    }
    return nil
  }

  private static func length(of unit: Substring) -> Double? {
    switch unit {
    case "ms", "milliseconds": 0.001
    case "s", "sec", "secs", "second", "seconds": 1
    case "m", "min", "mins", "minute", "minutes": 60
    case "h", "hr", "hrs", "hour", "hours": 3600
    case "d", "day", "days": 86400
    default: nil
    }
  }

  /// `2027-01-01 at 00:00`, `2027-01-01t10:20:30z`.
  private static func isoDate(_ text: String) -> Double? {
    let numbers = numbers(in: text)
    for (index, year) in numbers.enumerated() where (2020...2200).contains(year.value) && year.isFollowedByDash {
      guard index + 2 < numbers.count, (1...12).contains(numbers[index + 1].value),
        (1...31).contains(numbers[index + 2].value)
      else { continue }
      let hour = index + 3 < numbers.count ? numbers[index + 3].value : 0
      let minute = index + 4 < numbers.count ? numbers[index + 4].value : 0
      guard (0...23).contains(hour), (0...59).contains(minute) else { continue }
      let day = days(year.value, numbers[index + 1].value, numbers[index + 2].value)
      return day * 86400 + Double(hour * 3600 + minute * 60)
    }
    return nil
  }

  private static func numbers(in text: String) -> [(value: Int, isFollowedByDash: Bool)] {
    var found: [(Int, Bool)] = []
    var digits = ""
    for character in text + " " {
      if character.isASCII, character.isNumber {
        digits.append(character)
      } else if !digits.isEmpty {
        // Too long for a part of a date, and so none.
        found.append((digits.count < 9 ? Int(digits) ?? -1 : -1, character == "-"))
        digits = ""
      }
      if found.count > 64 { break }
    }
    return found
  }

  private static let months = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
  ]

  /// `4:10 pm`, `3pm (utc)`, `nov 25, 3pm`, `nov 25th, 2026 4:10 pm`, `15:30`.
  private static func timeOfDay(_ text: Substring, now: Double) -> Double? {
    let words = text.prefix(60).split { !($0.isASCII && ($0.isLetter || $0.isNumber || $0 == ":")) }
    var month: Int?
    var day: Int?
    var year: Int?
    for (index, word) in words.prefix(6).enumerated() {
      if let found = months.firstIndex(of: String(word.prefix(3))), word.allSatisfy(\.isLetter) {
        month = found + 1
        continue
      }
      let digits = word.prefix { $0.isNumber }
      guard let number = Int(digits) else { continue }
      let suffix = word.dropFirst(digits.count)
      if month != nil, day == nil, ["", "st", "nd", "rd", "th"].contains(suffix), (1...31).contains(number) {
        day = number
        continue
      }
      if day != nil, year == nil, suffix.isEmpty, (2020...2200).contains(number) {
        year = number
        continue
      }
      let next = index + 1 < words.count ? words[index + 1] : ""
      guard let time = clock(number, suffix, next) else { continue }
      // The seconds aren't said.
      return moment(time + 60, month: month, day: day, year: year, now: now)
    }
    return nil
  }

  /// Seconds since midnight.
  private static func clock(_ hour: Int, _ suffix: Substring, _ next: Substring) -> Double? {
    var minute = 0
    var half = suffix
    if suffix.first == ":" {
      let digits = suffix.dropFirst().prefix { $0.isNumber }
      guard digits.count == 2, let number = Int(digits), number < 60 else { return nil }
      minute = number
      half = suffix.dropFirst(3)
    }
    if half.isEmpty, next == "am" || next == "pm" { half = next }
    switch half {
    case "am", "pm":
      guard (1...12).contains(hour) else { return nil }
      return Double((hour % 12 + (half == "pm" ? 12 : 0)) * 3600 + minute * 60)
    case "" where suffix.first == ":" && hour < 24: return Double(hour * 3600 + minute * 60)
    default: return nil
    }
  }

  private static func moment(_ time: Double, month: Int?, day: Int?, year: Int?, now: Double) -> Double? {
    let today = (now / 86400).rounded(.down)
    guard let month, let day else {
      let moment = today * 86400 + time
      return moment > now ? moment : moment + 86400
    }
    if let year { return days(year, month, day) * 86400 + time }
    // The year isn't said: the next such day, from a day ago on.
    let thisYear = Int((today / 365.2425).rounded(.down)) + 1970
    for candidate in thisYear - 1...thisYear + 1 {
      let moment = days(candidate, month, day) * 86400 + time
      if moment > now - 86400 { return moment }
    }
    return nil
  }

  /// Days since 1970 of a day of the Gregorian calendar (H. Hinnant, "chrono-compatible low-level date algorithms").
  private static func days(_ year: Int, _ month: Int, _ day: Int) -> Double {
    let year = month <= 2 ? year - 1 : year
    let era = year / 400
    let yearOfEra = year - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return Double(era * 146097 + dayOfEra - 719468)
  }

  private static func rest(of text: String, behind mark: String) -> Substring? {
    var start = text.startIndex
    while start < text.endIndex {
      if text[start...].hasPrefix(mark) { return text[start...].dropFirst(mark.count) }
      start = text.index(after: start)
    }
    return nil
  }
}
