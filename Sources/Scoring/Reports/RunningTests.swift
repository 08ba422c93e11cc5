/// The tests that have begun and not ended, with what they printed, for formats that report both as events. A test that
/// never ends is an error of its own: the run crashed in it.
struct RunningTests {
  /// What an entry of `output` costs beside its text, so that a million empty ones do not come for nothing.
  private static let overhead = 64

  private let limits: TestReportLimits
  /// By group (a package), then by name: when each began, so that a report is the same each time.
  private var groups: [String: [String: Int]] = [:]
  private var output: [String: String] = [:]
  private var begun = 0
  private var count = 0
  private var nameBytes = 0
  private var outputBytes = 0

  init(limits: TestReportLimits) { self.limits = limits }

  mutating func begin(_ name: String, in group: String = "", line: Int) throws(TestReportError) {
    guard groups[group]?[name] == nil else { return }
    nameBytes += name.utf8.count
    begun += 1
    count += 1
    guard count <= limits.cases, nameBytes <= limits.names else {
      throw TestReportError(.size, line: line, "more tests run at once than can be kept")
    }
    groups[group, default: [:]][name] = begun
  }

  /// Keeps the beginning of what a test prints.
  mutating func print(_ name: String, _ text: String) {
    let known = output[name]
    let cost = known == nil ? Self.overhead + name.utf8.count : 0
    let room = min(TestReportLimits.message - (known?.utf8.count ?? 0), limits.messages - outputBytes - cost)
    guard room > 0, !text.isEmpty else { return }
    let part = String(decoding: text.utf8.prefix(room), as: UTF8.self)
    outputBytes += cost + part.utf8.count
    output[name, default: ""] += part
  }

  /// Ends a test; returns what it printed.
  mutating func end(_ name: String, in group: String = "") -> String {
    if groups[group]?.removeValue(forKey: name) != nil {
      nameBytes -= name.utf8.count
      count -= 1
    }
    guard let text = output.removeValue(forKey: name) else { return "" }
    outputBytes -= text.utf8.count + Self.overhead + name.utf8.count
    return text
  }

  /// Ends all tests of a group; returns them with what they printed, oldest first.
  mutating func endAll(in group: String = "") -> [(name: String, output: String)] {
    let names = (groups[group] ?? [:]).sorted { $0.value < $1.value }.map(\.key)
    let ended = names.map { (name: $0, output: end($0, in: group)) }
    groups[group] = nil
    return ended
  }
}
