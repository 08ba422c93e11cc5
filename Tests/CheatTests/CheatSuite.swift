import FoundationEssentials
import Glibc
import Ledger
import LoopControl
import Scoring
import Testing

/// Every candidate of the table, through a loop of one try: an agent that leaves it, the build, the scorers, the verdict.
@Suite("Cheats") struct CheatSuite {
  @Test("comes to the verdict that the table names", arguments: CheatTable.candidates)
  func candidate(entry: CheatEntry) throws {
    if let missing = entry.missing {
      CheatTable.tell(entry, "skipped: needs \(missing)")
      try Test.cancel("\(entry.row) needs /usr/bin/\(missing)")
    }
    let project = try CheatProject(
      entry.harness, agent: [entry.candidate ?? ""] + (entry.hostile.map { [$0] } ?? []) + entry.arguments,
      bringsProgram: entry.hostile != nil)
    if entry.git { try project.makeRepository() }
    let before = try project.state()
    let ended = try project.loop()
    let judged = try #require(ended.tries.first)
    let isRight = entry.expect.contains(judged.verdict.rawValue) && judged.reason.contains(entry.reason ?? "")
    CheatTable.tell(entry, (isRight ? "" : "NOT AS EXPECTED: ") + "\(judged.verdict.rawValue): \(judged.reason)")
    #expect(isRight, "\(judged.verdict): \(judged.reason)")
    #expect(ended.summary.tries == 1, "it is counted")
    #expect(try project.state() == before)
    #expect(processes(project.folder) == [])
    try check(entry, ended.detail(1))
  }

  private func check(_ entry: CheatEntry, _ detail: IterationDetail) throws {
    let runs = detail.runs.filter { $0.side == .candidate && $0.step.hasSuffix(".run") }
    if entry.leftOver {
      #expect(!runs.isEmpty)
      for run in runs { #expect(run.processesLeft > 0, "\(run.step)") }
    }
    if let least = entry.cpuAbove {
      #expect(!runs.isEmpty)
      for run in runs {
        #expect(.microseconds(run.userMicroseconds + run.systemMicroseconds) >= least, "\(run.step)")
      }
    }
    if let inside = entry.inside {
      let score = try #require(detail.scores.first { $0.scorer == inside })
      #expect(score.passed == true)
      #expect(score.channel == Channel.inside.rawValue)
      let sealed = try #require(detail.scores.first { $0.role == Role.holdout.rawValue })
      #expect(sealed.passed == false)
      #expect(sealed.channel == Channel.outside.rawValue)
    }
  }

  /// What runs with a folder in its command line or environment.
  private func processes(_ folder: String) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return names.compactMap(Int32.init).filter { $0 != getpid() }.compactMap { pid in
      let text = ["cmdline", "environ"].map { name in
        String(decoding: FileManager.default.contents(atPath: "/proc/\(pid)/\(name)") ?? Data(), as: UTF8.self)
      }.joined()
      return text.contains(folder) ? "\(pid) \(text.prefix(200))" : nil
    }
  }

  @Test("the table reads, and every row of the list is in it and in docs/cheats.md")
  func rows() throws {
    let rows = Set(try CheatTable.entries.get().map(\.row))
    #expect(rows.subtracting(["control"]) == CheatTable.rows)
    let page = String(
      decoding: FileManager.default.contents(atPath: CheatTable.place("docs/cheats.md")) ?? Data(), as: UTF8.self)
    for row in CheatTable.rows { #expect(page.contains("| \(row) |"), "\(row)") }
  }

  @Test("every script, harness and test that the table names is there, and the other way round")
  func names() throws {
    let entries = try CheatTable.entries.get()
    let own = CheatTable.place("Tests/CheatTests")
    let source = try FileManager.default.contentsOfDirectory(atPath: own).map {
      String(decoding: FileManager.default.contents(atPath: "\(own)/\($0)") ?? Data(), as: UTF8.self)
    }.joined()
    for test in entries.compactMap(\.test) { #expect(source.contains("func \(test)("), "\(test)") }
    for (folder, ending, named) in [
      ("candidates", ".sh", entries.compactMap(\.candidate)), ("harness", ".yaml", entries.map(\.harness)),
    ] {
      let found = try FileManager.default.contentsOfDirectory(atPath: "\(CheatTable.folder)/\(folder)")
      let used = Set(named + found.map { $0.replacing(ending, with: "") }.filter { source.contains("\"\($0)\"") })
      #expect(Set(found) == Set(used.map { $0 + ending }))
    }
  }
}
