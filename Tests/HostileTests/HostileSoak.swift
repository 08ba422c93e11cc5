import Foundation
import Sandbox
import Testing

extension Hostile {
  /// Every program again and again, in random order, two at a time, in sandboxes that are used again: `make soak`.
  @Suite(
    "Hostile soak",
    .enabled(if: ProcessInfo.processInfo.environment["BELLJAR_SOAK"] != nil, "set BELLJAR_SOAK to a number of rounds"))
  struct HostileSoak {
    @Test("each comes to the end that the table names, however often")
    func soak() async throws {
      let rounds = ProcessInfo.processInfo.environment["BELLJAR_SOAK"].flatMap { Int($0) } ?? 20
      let entries = HostileTable.programs.filter { $0.missing == nil }
      let all = (0..<rounds).flatMap { _ in entries }.shuffled()
      let programs = try HostilePrograms.shared.get()
      let sandboxes = try (0..<2).map { _ in try Sandbox() }
      let clock = ContinuousClock()
      let begun = clock.now
      let wrong = try await withThrowingTaskGroup(of: [String].self) { group in
        for (worker, sandbox) in sandboxes.enumerated() {
          let share = all.enumerated().filter { $0.offset % 2 == worker }.map(\.element)
          group.addTask {
            try share.compactMap { entry in
              let run = try programs.run(
                entry.file ?? "", entry.arguments, policy: entry.policy, budget: entry.budget, sandbox: sandbox)
              let outcome = run.result.outcome
              let isRight = entry.expect.contains(HostileEntry.reason(outcome.reason)) && run.survivors.isEmpty
              let isKnown = outcome.limitedBy == "polled" && entry.knownPolled != nil
              return isRight || isKnown ? nil : "row \(entry.row) \(entry.file ?? ""): \(outcome.reason)"
            }
          }
        }
        return try await group.reduce(into: []) { $0 += $1 }
      }
      print(
        "\(all.count) launches of \(entries.count) hostile programs, two at a time, in \(clock.now - begun): \(wrong.count) wrong"
      )
      #expect(wrong.isEmpty, "\(wrong)")
    }
  }
}
