import Comparison
import FoundationEssentials
import Reporting
import Scoring
import Testing

@Suite("A history of comparisons") struct HistoryTests {
  private func report(head: Double, commit: String) -> ComparisonReport {
    var one = CaseReport(name: "speed", unit: "s", margin: 0.01, answer: .same)
    one.base = [Measurement(value: 0.02)]
    one.head = [Measurement(value: head)]
    one.ratio = head / 0.02
    return ComparisonReport(
      name: "timed", base: ComparedSide(label: "base", about: "b"), head: ComparedSide(label: "head", about: commit),
      cases: [one])
  }

  private func withHistory(_ body: (ComparisonHistory) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.path + "/belljar-history-\(UInt64.random(in: 0...UInt64.max))"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(ComparisonHistory(stateFolder: folder))
  }

  @Test("a level that changes is named with its commit, in text and in JSON")
  func changes() throws {
    try withHistory { history in
      for index in 0..<24 {
        let level = index < 12 ? 0.020 : 0.023
        let added = try history.add(
          report(head: level + Double(index % 3) * 1e-4, commit: "c\(index)"), time: 1000 + index)
        #expect(added)
      }
      let found = history.report(named: "timed")
      #expect(found.comparisons == 24)
      #expect(found.series.map { $0.changes.map(\.index) } == [[12]])
      var shown = report(head: 0.023, commit: "c23")
      shown.history = found
      let text = ComparisonText(colour: false).text(shown)
      #expect(text.contains("changes at c12, 13 of 24: 20.1 ms to 23.1 ms, ratio 1.149, p = 0.005"), "\(text)")
      let json = ComparisonJSON.value(shown).text
      #expect(json.contains("\"changes\": [{\"index\": 12, \"head\": \"c12\""))
      #expect(history.report(named: "another").comparisons == 0)
    }
  }

  @Test("a torn line is counted, and what comes after it is read")
  func torn() throws {
    try withHistory { history in
      try history.add(report(head: 0.02, commit: "a"), time: 1)
      let whole = try String(contentsOfFile: history.path, encoding: .utf8)
      try (whole + whole.dropLast(20)).write(toFile: history.path, atomically: false, encoding: .utf8)
      try history.add(report(head: 0.03, commit: "b"), time: 2)
      let found = history.report(named: "timed")
      #expect(found.broken == 1)
      #expect(found.series.first?.heads == ["a", "b"])
    }
  }

  @Test("what measured nothing is not stored")
  func nothing() throws {
    try withHistory { history in
      var empty = report(head: 0.02, commit: "a")
      empty.cases = []
      let added = try history.add(empty, time: 1)
      #expect(!added)
      #expect(history.report(named: "timed").comparisons == 0)
    }
  }
}
