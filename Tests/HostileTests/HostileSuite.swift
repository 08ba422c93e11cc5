import Foundation
import Sandbox
import Testing

extension Hostile {
  /// Every program of the table, run sealed. One after the other: some take all that they are given.
  @Suite("Hostile programs") struct HostileSuite {
    @Test("comes to the end that the table names", arguments: HostileTable.programs)
    func program(entry: HostileEntry) throws {
      if let missing = entry.missing { try Host.skip("row \(entry.row) needs \(missing)") }
      let run = try HostilePrograms.shared.get().run(
        entry.file ?? "", entry.arguments, policy: entry.policy, budget: entry.budget)
      let isPolled = run.result.outcome.limitedBy == "polled"
      if let known = entry.known ?? (isPolled ? entry.knownPolled : nil) {
        // On a slow machine, as under emulation, a look now and then may be soon enough.
        withKnownIssue("row \(entry.row): \(known)", isIntermittent: Host.slowness > 1) { check(run, entry) }
      } else {
        check(run, entry)
      }
    }

    private func check(_ run: HostilePrograms.Run, _ entry: HostileEntry) {
      let outcome = run.result.outcome
      let holes = run.output.split(separator: "\n").filter { $0.hasPrefix("GOT THROUGH") }.joined(separator: "\n")
      #expect(
        entry.expect.contains(HostileEntry.reason(outcome.reason)),
        "\(outcome.reason)\n\(holes)\n\(run.result.error.text.suffix(500))")
      #expect(run.survivors.isEmpty)
      // Without a cgroup a bomb is found by a look at all processes, which it makes slow itself.
      let looks = outcome.limitedBy == "polled" ? 4 : 1
      let most = (entry.within ?? (entry.budget.wall ?? .zero) + .milliseconds(500)) * Host.slowness * looks
      #expect(outcome.wall <= most)
      // Launch and clean-up come on top, on a machine that may have other work.
      #expect(run.elapsed <= most + .seconds(2))
      if let below = entry.cpuBelow { #expect(outcome.user + outcome.system < below) }
      #expect(outcome.leftOver >= entry.leftOver)
    }

    @Test("the table reads, and every row of the threat list is in it")
    func rows() throws {
      let entries = try HostileTable.entries.get()
      #expect(Set(entries.map(\.row)) == Set(1...57))
    }

    @Test("every file and every test that the table names is there")
    func names() throws {
      let tests = URL(filePath: #filePath).deletingLastPathComponent().path()
      var source = ""
      for name in try FileManager.default.contentsOfDirectory(atPath: tests) where name.hasSuffix(".swift") {
        source += String(decoding: FileManager.default.contents(atPath: tests + name) ?? Data(), as: UTF8.self)
      }
      for entry in try HostileTable.entries.get() {
        if let file = entry.file { #expect(access("\(HostileTable.folder)/\(file)", R_OK) == 0, "\(file)") }
        if let test = entry.test {
          let isThere = source.contains("func \(test)(")
          #expect(isThere, "\(test)")
        }
      }
    }
  }
}
