import FoundationEssentials
import Glibc
import Harness
import Ledger
import Testing

/// Whole loops at once on this machine.
@Suite("Loops within a share of the machine") struct MachineShareTests {
  /// Its agent and its scorer say on which processors they may run, after trying to have all.
  private func program(home: String? = nil, share: String) throws -> Program {
    let program = try Program([
      "value": "1\n",
      "belljar.yaml": """
      name: shared
      surface: {editable: [value]}
      scorers:
        - {name: never, kind: exit-code, role: gate, run: [/bin/sh, -c, 'taskset -p ffff $$ >/dev/null 2>&1; grep Cpus_allowed_list /proc/self/status; false']}
      agent:
        kind: command
        run: [/bin/sh, -c, 'cp /proc/sys/kernel/random/uuid value; taskset -p ffff $$ >/dev/null 2>&1; grep Cpus_allowed_list /proc/self/status; sleep 0.2']
      loop: {strategy: retry, \(share)stop: {iterations: 10000, failures: 100000, wall: 1 h}}
      """,
    ])
    if let home { program.home = home }
    return program
  }

  private func json(_ program: Program) throws -> String {
    try program.run(["status", "--format", "json"]).output
  }

  /// The processors that its status names, when so many tries have their verdict.
  private func cores(_ program: Program, tries: Int = 2) throws -> [Int] {
    for _ in 0..<400 {
      let text = try json(program)
      if let last = text.firstMatch(of: /"last": (\d+)/).flatMap({ Int($0.1) }), last >= tries {
        let list = try #require(text.firstMatch(of: /"share": \{"cores": \[([0-9, ]*)\]/), "\(text)")
        return list.1.split(separator: ", ").compactMap { Int($0) }
      }
      usleep(50_000)
    }
    Issue.record("no try ended: \(program.text("output"))")
    return []
  }

  /// Where the loop's sandboxes said that they may run.
  private func affinities(_ program: Program) throws -> Set<String> {
    let ledger = try Ledger(path: program.state().ledger)
    let loop = try #require(try ledger.latestLoop(checkout: program.project))
    var found: Set<String> = []
    try ledger.eachDetail(loop: loop.id) { detail in
      for run in detail.runs where detail.iteration.number > 0 {
        for match in run.stdoutTail.matches(of: /Cpus_allowed_list:\s*([0-9,-]+)/) { found.insert(String(match.1)) }
      }
    }
    return found
  }

  private static let processors = HarnessFile.Offer.machine.cores

  @Test(
    "two loops at once run on different processors, which a kill frees; a third shares, and says so",
    .enabled(if: processors == 2, "as many loops as processors, of two"))
  func cores() throws {
    let first = try program(share: "")
    let second = try program(home: first.home, share: "cores: 1, ")
    let processes = try [first.start(["loop", "--cores", "1"]), second.start(["loop"])]
    defer { for process in processes { kill(process, SIGKILL) } }
    let (ours, theirs) = (try cores(first), try cores(second))
    #expect(ours.count == 1)
    #expect(theirs.count == 1)
    #expect(Set(ours).isDisjoint(with: theirs))
    #expect(try affinities(first) == Set(ours.map { "\($0)" }))
    #expect(try affinities(second) == Set(theirs.map { "\($0)" }))
    #expect(try first.run(["status"]).output.contains("holds      core \(ours[0])\n"))
    let list = try first.run(["list"]).output
    #expect(list.contains("runs now: core \(ours[0])"), "\(list)")
    #expect(list.contains("also runs, in project-"), "\(list)")

    let third = try program(home: first.home, share: "")
    let sharing = try third.start(["loop", "--cores", "2"])
    defer { kill(sharing, SIGKILL) }
    #expect(try cores(third).count == 2)
    let both = (ours + theirs).sorted().map { "\($0)" }.joined(separator: ", ")
    #expect(try json(third).contains("\"shared_cores\": [\(both)]"))
    #expect(third.text("output").contains("not enough processors are free"))

    kill(sharing, SIGKILL)
    _ = third.wait(sharing)
    kill(processes[0], SIGKILL)
    _ = first.wait(processes[0])
    let fourth = try program(home: first.home, share: "")
    let after = try fourth.start(["loop", "--cores", "1"])
    defer { kill(after, SIGKILL) }
    #expect(try cores(fourth) == ours)
    #expect(try json(fourth).contains("\"shared_cores\": []"))
    kill(after, SIGKILL)
    _ = fourth.wait(after)
    kill(processes[1], SIGKILL)
    _ = second.wait(processes[1])
  }

  /// The folder that holds a process's share, where memory is held by cgroups of the first version.
  private func folder(of process: pid_t) -> String? {
    let bytes = FileManager.default.contents(atPath: "/proc/self/cgroup") ?? Data()
    let lines = String(decoding: bytes, as: UTF8.self)
    guard let line = lines.split(separator: "\n").first(where: { $0.contains(":memory:") }),
      let path = line.split(separator: ":", maxSplits: 2).last
    else { return nil }
    let parent = "/sys/fs/cgroup/memory" + (path == "/" ? "" : path)
    let names = (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? []
    return names.first { $0.hasPrefix("belljar-\(process)-") && $0.hasSuffix("-share") }.map { "\(parent)/\($0)" }
  }

  private static let holdsVersion1 =
    geteuid() == 0 && FileManager.default.fileExists(atPath: "/sys/fs/cgroup/memory/memory.limit_in_bytes")

  @Test(
    "all sandboxes of a loop lie below a cgroup that holds their memory together, and none is left",
    .enabled(if: holdsVersion1, "cgroup v1, and the right to use it"))
  func memory() throws {
    let program = try program(share: "memory: 64 MiB, ")
    let process = try program.start(["loop"])
    defer { kill(process, SIGKILL) }
    #expect(try cgroupIsUsed(by: process))
    #expect(try program.run(["status"]).output.contains("holds      at most 64 MiB of memory\n"))
    kill(process, SIGKILL)
    _ = program.wait(process)
    // What a kill leaves goes at the next start, when its last process is gone.
    usleep(500_000)
    let next = try program.start(["loop"])
    defer { kill(next, SIGKILL) }
    #expect(try cgroupIsUsed(by: next))
    #expect(folder(of: process) == nil)
    #expect(try program.run(["cancel"]).status == 0)
    #expect(program.wait(next) == 130)
    #expect(folder(of: next) == nil)
  }

  /// Waits until the loop's agent or scorer is in a cgroup below its share.
  private func cgroupIsUsed(by process: pid_t) throws -> Bool {
    for _ in 0..<400 {
      if let share = folder(of: process) {
        let limit = FileManager.default.contents(atPath: "\(share)/memory.limit_in_bytes") ?? Data()
        #expect(String(decoding: limit, as: UTF8.self) == "67108864\n")
        for name in (try? FileManager.default.contentsOfDirectory(atPath: share)) ?? [] where name.hasPrefix("belljar-")
        {
          if let tasks = FileManager.default.contents(atPath: "\(share)/\(name)/tasks"), !tasks.isEmpty { return true }
        }
      }
      usleep(50_000)
    }
    return false
  }

  @Test("a step without a budget of its own has the loop's memory and no more") func part() throws {
    let program = try program(share: "memory: 64 MB, ")
    // 100 MB in one process.
    let text = program.text("project/belljar.yaml")
      .replacing(
        "cp /proc/sys/kernel/random/uuid value;", with: "head -c 100000000 /dev/zero | tail -c 100000000 >/dev/null;"
      )
      .replacing("failures: 100000", with: "failures: 1")
    try Data(text.utf8).write(to: URL(filePath: "\(program.project)/belljar.yaml"))
    let answer = try program.run(["loop"])
    #expect(answer.status == 1, "\(answer.error)")
    #expect(try program.run(["log"]).output.contains("memory"), "\(answer.output)")
  }

  @Test("what can't be held is refused, with what to change") func refused() throws {
    let program = try program(share: "cores: \(Self.processors + 1), ")
    let place = "belljar.yaml:8:32: loop.cores: \(Self.processors + 1) processors are more than the \(Self.processors)"
    for command in ["loop", "check"] {
      let answer = try program.run([command])
      #expect(answer.status == 65)
      #expect(answer.error.contains(place), "\(answer.error)")
    }
    let option = try program.run(["loop", "--cores", "\(Self.processors + 2)"])
    #expect(option.status == 1)
    #expect(option.error.contains("--cores: \(Self.processors + 2) processors are more than"), "\(option.error)")
    #expect(try program.run(["loop", "--cores", "0"]).status == 64)
    let memory = try program.run(["loop", "--cores", "1", "--memory", "900 TB"])
    #expect(memory.error.contains("--memory: 900 TB are more than this machine's"), "\(memory.error)")
  }
}
