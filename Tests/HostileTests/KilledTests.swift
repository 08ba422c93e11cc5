import Foundation
import Glibc
import Sandbox
import Testing

extension Hostile {
  @Suite("Belljar is killed") struct KilledTests {
    /// Starts `belljar run` on a program that sleeps; returns it with the mark that all its processes carry.
    private func started() throws -> (tool: Foundation.Process, mark: String) {
      let folder = try HostilePrograms.shared.get().folder
      let mark = "hostile-killed-\(UInt32.random(in: 0 ... .max))"
      let tool = Foundation.Process()
      tool.executableURL = URL(filePath: try Host.belljar())
      tool.arguments = [
        "run", "--wall", "60s", "--ro-bind", "\(folder):/\(mark)", "--chdir", "/", "--", "/\(mark)/stubborn",
        "children",
      ]
      tool.standardInput = FileHandle.nullDevice
      tool.standardOutput = FileHandle.nullDevice
      tool.standardError = FileHandle.nullDevice
      try tool.run()
      // The tool, its init (whose command line is the tool's), the program and its three children.
      #expect(Host.waits(.seconds(10)) { Host.processes(marked: mark).count >= 6 })
      return (tool, mark)
    }

    @Test("when the supervisor is killed with SIGKILL, everything inside dies")
    func supervisorKilled() throws {
      let (tool, mark) = try started()
      kill(tool.processIdentifier, SIGKILL)
      tool.waitUntilExit()
      #expect(Host.waits { Host.processes(marked: mark).isEmpty })
    }

    @Test("when the launcher is killed with SIGKILL, everything inside dies, and the run is no success")
    func launcherKilled() throws {
      let programs = try HostilePrograms.shared.get()
      let mark = "hostile-launcher-\(UInt32.random(in: 0 ... .max))"
      let killer = Thread {
        guard Host.waits(.seconds(5), until: { !Host.processes(marked: mark).isEmpty }) else { return }
        guard let inside = Host.processes(marked: mark).first, let initPid = Host.parent(of: inside.pid) else { return }
        if let launcher = Host.parent(of: initPid), launcher > 1, launcher != getpid() { kill(launcher, SIGKILL) }
      }
      killer.start()
      let reason: String
      do {
        let run = try programs.run("sleep.c", [mark], budget: Budget(wall: .seconds(8)))
        reason = "\(run.result.outcome.reason)"
        #expect(run.elapsed < .seconds(4))
        #expect(!run.result.outcome.succeeded)
      } catch {
        reason = "\(error)"
      }
      #expect(reason.contains("does not count") || reason.contains("launcher"), "\(reason)")
      #expect(Host.waits { Host.processes(marked: mark).isEmpty })
    }

    @Test("cgroup folders of a killed Belljar are gone after the next start")
    func leftoversReclaimed() throws {
      let (tool, mark) = try started()
      let prefix = "belljar-\(tool.processIdentifier)-"
      let folders = Self.cgroups(of: mark, made: prefix)
      kill(tool.processIdentifier, SIGKILL)
      tool.waitUntilExit()
      #expect(Host.waits { Host.processes(marked: mark).isEmpty })
      if folders.isEmpty { try Host.skip("row 18 needs a cgroup that Belljar may write") }
      #expect(try Host.shell("'\(Host.belljar())' run -- true").status == 0)
      for folder in folders { #expect(access(folder, F_OK) != 0, "\(folder)") }
    }

    /// The folders that hold what a run has inside, as its processes name them (cgroups(7)).
    private static func cgroups(of mark: String, made prefix: String) -> [String] {
      let lines = Host.processes(marked: mark).flatMap { process in
        String(decoding: FileManager.default.contents(atPath: "/proc/\(process.pid)/cgroup") ?? Data(), as: UTF8.self)
          .split(separator: "\n").map(String.init)
      }
      let folders = lines.filter { $0.contains("/" + prefix) }.map { line in
        let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
        return "/sys/fs/cgroup" + (parts[1].isEmpty ? "" : "/\(parts[1])") + parts[2]
      }
      return Set(folders).sorted().filter { access($0, F_OK) == 0 }
    }
  }
}
