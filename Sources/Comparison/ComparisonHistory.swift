internal import FoundationEssentials
internal import Glibc
internal import Sandbox
package import Scoring

/// The comparisons of a checkout, one JSON line each, in the order in which they were made.
///
/// Times in it were measured at different times, so no two of them are ever compared by themselves: only levels of many, by
/// `ChangePoints`.
package struct ComparisonHistory {
  /// One comparison.
  package struct Entry: Codable, Sendable, Hashable {
    package var version = 1
    /// Seconds since 1970.
    package var time: Int
    package var name: String
    package var base: String
    package var head: String
    package var verdict: String
    /// Runnable threads when it began, where the machine tells.
    package var load: Double?
    package var cases: [Case]
  }

  package struct Case: Codable, Sendable, Hashable {
    package var name: String
    package var unit: String
    package var answer: String
    /// Medians, in `unit`.
    package var base: Double
    package var head: Double
    /// The median of the pairs' ratios, head over base, with its interval.
    package var ratio: Double
    package var low: Double?
    package var high: Double?
    package var pairs: Int
    package var noise: Double?
  }

  package let path: String
  /// Of so many comparisons, the latest, levels are looked for.
  package static let most = 500

  package init(stateFolder: String) { path = "\(stateFolder)/history.jsonl" }

  /// Adds a comparison; one that measured nothing is left out.
  ///
  /// - Returns: whether it was added.
  @discardableResult
  package func add(_ report: ComparisonReport, time: Int) throws -> Bool {
    let cases = report.cases.compactMap { each -> Case? in
      guard let base = finite(each.baseMedian), let head = finite(each.headMedian), let ratio = finite(each.ratio)
      else { return nil }
      return Case(
        name: each.name, unit: each.unit, answer: each.answer.rawValue, base: base, head: head, ratio: ratio,
        low: finite(each.interval?.lowerBound), high: finite(each.interval?.upperBound), pairs: each.pairs,
        noise: finite(each.noise))
    }
    guard !cases.isEmpty else { return false }
    let entry = Entry(
      time: time, name: report.name, base: report.base.about, head: report.head.about,
      verdict: report.verdict.rawValue, load: report.machine?.loadBefore, cases: cases)
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    try append(Array(try encoder.encode(entry)) + [UInt8(ascii: "\n")])
    return true
  }

  /// JSON has no other numbers, and one that a report makes up must not cost the answer.
  private func finite(_ value: Double?) -> Double? { value.flatMap { $0.isFinite ? $0 : nil } }

  /// A line at a time: another process that appends meanwhile waits for the lock.
  private func append(_ line: [UInt8]) throws {
    func fail() -> SandboxError { SandboxError("write", path, errno: errno) }
    let fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard fd >= 0 else { throw fail() }
    defer { close(fd) }
    while flock(fd, LOCK_EX) != 0 { guard errno == EINTR else { throw fail() } }
    // A line that a power cut left without its end stays the broken line that it is.
    var last: UInt8 = 0
    let size = lseek(fd, 0, SEEK_END)
    let isTorn = size > 0 && pread(fd, &last, 1, size - 1) == 1 && last != UInt8(ascii: "\n")
    var rest = (isTorn ? [UInt8(ascii: "\n")] + line : line)[...]
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { write(fd, $0.baseAddress, $0.count) }
      if written < 0, errno == EINTR { continue }
      guard written > 0 else { throw fail() }
      rest = rest.dropFirst(written)
    }
    guard fsync(fd) == 0 else { throw fail() }
  }

  /// What was stored of a harness, and how many lines can't be read.
  package func entries(named name: String) -> (entries: [Entry], broken: Int) {
    guard let text = FileText.read(path) else { return ([], 0) }
    var entries: [Entry] = []
    var broken = 0
    for line in text.utf8.split(separator: UInt8(ascii: "\n")) {
      do {
        let entry = try JSONDecoder().decode(Entry.self, from: Data(line))
        if entry.name == name { entries.append(entry) }
      } catch { broken += 1 }
    }
    return (entries.suffix(Self.most), broken)
  }

  /// Each case's series with its changes.
  package func report(named name: String) -> HistoryReport {
    let (entries, broken) = entries(named: name)
    var names: [String] = []
    for each in entries.flatMap(\.cases) where !names.contains(each.name) { names.append(each.name) }
    let series = names.map { name in
      let points = entries.compactMap { entry in
        entry.cases.first { $0.name == name && $0.head > 0 && $0.head.isFinite }.map { (entry, $0) }
      }
      return HistoryReport.Series(
        name: name, unit: points.last?.1.unit ?? "", values: points.map(\.1.head), heads: points.map(\.0.head),
        times: points.map(\.0.time), changes: ChangePoints.find(points.map { logarithm($0.1.head) }))
    }
    return HistoryReport(path: path, comparisons: entries.count, broken: broken, series: series)
  }

  private func logarithm(_ value: Double) -> Double { log(value) }
}

/// How the new sides' medians went, over all stored comparisons.
package struct HistoryReport: Sendable {
  package struct Series: Sendable {
    package var name: String
    package var unit: String
    package var values: [Double]
    /// What the new side was, for each value.
    package var heads: [String]
    /// Seconds since 1970.
    package var times: [Int]
    package var changes: [ChangePoints.Change]

    /// The medians before and after a change, up to its neighbours.
    package func levels(around change: ChangePoints.Change) -> (before: Double, after: Double) {
      let bounds = [0] + changes.map(\.index) + [values.count]
      let place = bounds.lastIndex(of: change.index) ?? 0
      func median(_ range: Range<Int>) -> Double { RobustStatistics.median(Array(values[range])) ?? 0 }
      guard place > 0, place + 1 < bounds.count else { return (0, 0) }
      return (median(bounds[place - 1]..<bounds[place]), median(bounds[place]..<bounds[place + 1]))
    }
  }

  package var path: String
  package var comparisons: Int
  /// Lines of the file that can't be read.
  package var broken: Int
  package var series: [Series]
}
