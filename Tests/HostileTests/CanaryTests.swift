import Foundation
import Glibc
import Sandbox
import Testing

extension Hostile {
  @Suite("Canaries") struct CanaryTests {
    @Test(
      "what the caller has in its environment and in its heap is nowhere below /proc", arguments: ["strict", "build"])
    func canaries(policy: String) throws {
      let halves = (0..<2).map { _ in String(UInt64.random(in: 1 << 60 ... .max), radix: 16) }
      let word = halves.joined()
      setenv("HOSTILE_CANARY", word, 1)
      let heap = strdup(word)
      defer {
        unsetenv("HOSTILE_CANARY")
        free(heap)
      }
      let run = try HostilePrograms.shared.get().run(
        "canary.c", halves, policy: policy, budget: Budget(wall: .seconds(30)))
      #expect(run.result.outcome.reason == .exited(0), "\(run.output)")
      // `belljar run` launches from the very process that was called.
      let folder = try HostilePrograms.shared.get().folder
      let (status, text) = try Host.shell(
        "'\(Host.belljar())' run --policy \(policy) --ro-bind \(folder) --chdir / -- \(folder)/canary \(halves[0]) \(halves[1])"
      )
      #expect(status == 0, "\(text)")
    }

    /// A search that finds nothing anywhere would pass as well.
    @Test("the search finds a word that is there")
    func control() throws {
      let halves = (0..<2).map { _ in String(UInt64.random(in: 1 << 60 ... .max), radix: 16) }
      let run = try HostilePrograms.shared.get().run(
        "canary.c", halves, environment: ["WORD": halves.joined()])
      #expect(run.result.outcome.reason == .exited(1))
      #expect(run.output.contains("GOT THROUGH: /proc/"))
    }
  }
}
