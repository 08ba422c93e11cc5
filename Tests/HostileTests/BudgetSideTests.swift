import Foundation
import Glibc
import Sandbox
import Testing

extension Hostile {
  @Suite("Belljar's own side: budgets") struct BudgetSideTests {
    @Test(
      "a limit below what set-up itself needs is an error, and never a success",
      arguments: [
        Budget(wall: .seconds(5), memory: 4096), Budget(wall: .seconds(5), memory: 100 << 10),
        Budget(wall: .nanoseconds(1)), Budget(wall: .seconds(5), cpu: .nanoseconds(1)),
      ])
    func limitBelowSetUp(budget: Budget) throws {
      let programs = try HostilePrograms.shared.get()
      let run: HostilePrograms.Run
      do { run = try programs.run("spin.c", budget: budget) } catch let error as SandboxError {
        #expect("\(error)".contains("memory"), "\(error)")
        return
      }
      let reason = run.result.outcome.reason
      let isClear: Bool =
        switch reason {
        case .notStarted, .memoryBudget, .processBudget, .wallBudget, .cpuBudget: true
        default: false
        }
      #expect(isClear, "\(reason)")
      #expect(run.elapsed < .seconds(5))
      #expect(run.survivors.isEmpty)
    }

    @Test(
      "a sandbox takes no more than a quarter of what its user may have of inotify",
      .enabled(if: canLimitWatches, "needs a /proc/sys/user that can be written"))
    func watchers() throws {
      let most = try #require(
        Int(
          try String(contentsOfFile: "/proc/sys/fs/inotify/max_user_instances", encoding: .utf8).prefix { $0 != "\n" }))
      let programs = try HostilePrograms.shared.get()
      let run = try programs.run(
        "kernel-objects.c", ["inotify"], policy: "build", budget: Budget(wall: .seconds(10)))
      #expect(run.result.outcome.reason == .exited(0))
      let said = run.output
      let made = try #require(Int(said.prefix { $0.isNumber }), "\(said)")
      #expect(made > 0 && made <= most / 4 + 1, "\(said)")
    }

    private static var canLimitWatches: Bool {
      access("/proc/sys/user/max_inotify_instances", W_OK) == 0 || errno == EACCES
    }

    @Test("what a program works while it is to rest, it has used of its wall budget")
    func restless() async throws {
      let folder = try Folders.make()
      let measuring = MeasurementNotice(folders: [folder])
      let sandbox = try Sandbox(restingFor: MeasurementNotice(folders: [folder]))
      let programs = try HostilePrograms.shared.get()
      let budget = Budget(wall: .seconds(2 * Host.slowness))
      let run = Task.detached { try programs.run("restless.c", budget: budget, sandbox: sandbox) }
      for _ in 0..<4000 where !measuring.othersWork { try await Task.sleep(for: .milliseconds(5)) }
      try await Task.sleep(for: .milliseconds(400))
      #expect(measuring.announce())
      try await Task.sleep(for: .seconds(2))
      measuring.withdraw()
      let ended = try await run.value
      let outcome = ended.result.outcome
      #expect(outcome.reason == .wallBudget)
      #expect(outcome.user + outcome.system <= outcome.wall + .milliseconds(400), "it rested \(outcome.rested)")
      #expect(ended.survivors.isEmpty)
    }

    @Test("two runs in a row: no limit, time, peak or refusal of the first is found in the second")
    func twoRunsInARow() throws {
      let sandbox = try Sandbox()
      let programs = try HostilePrograms.shared.get()
      let first: [(file: String, arguments: [String], budget: Budget, name: String)] = [
        ("memory.c", ["main"], Budget(wall: .seconds(8), memory: 64 << 20), "memoryBudget"),
        ("threads.c", [], Budget(wall: .seconds(8), processes: 40), "processBudget"),
        ("spin.c", [], Budget(wall: .seconds(8), cpu: .milliseconds(300)), "cpuBudget"),
        ("output.c", ["stdout"], Budget(wall: .seconds(8), output: 1_000_000), "outputBudget"),
      ]
      for (file, arguments, budget, name) in first {
        let hog = try programs.run(file, arguments, budget: budget, sandbox: sandbox)
        #expect(hog.result.outcome.reason.name == name)
        // Once with the same limits, where nothing has to be written anew, and once with others.
        for next in [budget, Budget(wall: .seconds(8), memory: 512 << 20, processes: 500)] {
          let modest = try programs.run("reserve.c", budget: next, sandbox: sandbox).result.outcome
          #expect(modest.reason == .exited(0), "after \(file)")
          #expect(modest.peakMemory < 32 << 20, "after \(file)")
          #expect(modest.user + modest.system < .milliseconds(200 * Host.slowness), "after \(file)")
          #expect(modest.leftOver == 0)
          #expect(modest.outputBytes < 1000)
        }
      }
    }

    @Test(
      "what a run has left in memory without a process is not in the next one's peak",
      arguments: ["memfd", "shm", "sysv", "pages"])
    func nothingIsCharged(kind: String) throws {
      let sandbox = try Sandbox()
      let programs = try HostilePrograms.shared.get()
      let folder = try Folders.make(mode: 0o777)
      let budget = Budget(wall: .seconds(8), memory: 256 << 20, processes: 64, disk: 256 << 20)
      for round in 0..<5 {
        let mounts = [Jar.Mount(.writable, source: folder)]
        let first =
          kind == "pages"
          ? try sandbox.run(
            Jar(
              policy: try Policy.builtIn("strict"),
              arguments: ["/bin/sh", "-c", "head -c 60000000 /dev/zero >\(folder)/\(round); echo $?"], mounts: mounts,
              budget: budget)
          ).outcome
          : try programs.run("hoard.c", [kind, "\(30 << 20)"], budget: budget, sandbox: sandbox).result.outcome
        let modest = try programs.run("reserve.c", budget: budget, sandbox: sandbox).result.outcome
        #expect(modest.reason == .exited(0))
        #expect(
          modest.peakMemory < 16 << 20, "round \(round), after \(first.reason) with a peak of \(first.peakMemory)")
      }
    }

    @Test("shared memory that a run has left is no reason to kill the next one")
    func nothingIsHeldAgainst() throws {
      let sandbox = try Sandbox()
      let programs = try HostilePrograms.shared.get()
      let budget = Budget(wall: .seconds(8), memory: 96 << 20, processes: 64)
      for round in 0..<10 {
        _ = try programs.run("hoard.c", ["sysv", "\(35 << 20)"], budget: budget, sandbox: sandbox)
        let modest = try programs.run("memory.c", ["modest"], budget: budget, sandbox: sandbox).result.outcome
        #expect(modest.reason == .exited(0), "round \(round)")
      }
    }
  }
}
