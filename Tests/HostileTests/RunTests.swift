import Foundation
import Glibc
import Sandbox
import Testing

extension Hostile {
  @Suite("What is run, and what is left") struct RunTests {
    private func programs() throws -> HostilePrograms { try HostilePrograms.shared.get() }

    @Test(
      "System V and POSIX objects, files, ports and counters of one run are not in the next, which has the same slot")
    func nothingIsLeft() throws {
      let sandbox = try Sandbox()
      for policy in ["build", "strict"] {
        for mode in ["leave", "look"] {
          let run = try programs().run("ipc.c", [mode], policy: policy, sandbox: sandbox)
          #expect(run.result.outcome.reason == .exited(0), "\(policy) \(mode): \(run.output)")
        }
      }
    }

    @Test("what is no program is not started, with the stage, the errno and some advice")
    func notPrograms() throws {
      let folder = try Folders.make()
      Folders.put("#!/no/such/interpreter\n", at: "\(folder)/interpreter", mode: 0o755)
      Folders.put("not a program\n", at: "\(folder)/text", mode: 0o755)
      Folders.put("", at: "\(folder)/empty", mode: 0o755)
      Folders.put("#!/bin/sh\n", at: "\(folder)/plain", mode: 0o644)
      Folders.put("\u{7f}ELF", at: "\(folder)/short", mode: 0o755)
      try FileManager.default.createDirectory(atPath: "\(folder)/folder", withIntermediateDirectories: true)
      try FileManager.default.createSymbolicLink(atPath: "\(folder)/loop", withDestinationPath: "loop")
      let expected: [(String, Int32)] = [
        ("interpreter", ENOENT), ("text", ENOEXEC), ("empty", ENOEXEC), ("plain", EACCES), ("short", ENOEXEC),
        ("folder", EACCES), ("loop", ELOOP), ("missing", ENOENT), ("plain/x", ENOTDIR),
      ]
      for (name, number) in expected {
        let jar = Jar(
          policy: try Policy.builtIn("strict"), arguments: ["\(folder)/\(name)"],
          mounts: [Jar.Mount(.readOnly, source: folder)], budget: Budget(wall: .seconds(5)))
        guard case .notStarted(let stage, let found, let advice) = try Sandbox().run(jar).outcome.reason else {
          Issue.record("\(name) was started")
          continue
        }
        #expect(stage == "execve" && found == number, "\(name): \(stage), errno \(found)")
        #expect(!advice.isEmpty, "\(name)")
      }
    }

    @Test("a program that something has open for writing is waited for, but not for long")
    func busy() throws {
      let folder = try Folders.make()
      let program = "\(folder)/program"
      try FileManager.default.copyItem(atPath: "/bin/true", toPath: program)
      let jar = Jar(
        policy: try Policy.builtIn("strict"), arguments: [program],
        mounts: [Jar.Mount(.readOnly, source: folder)], budget: Budget(wall: .seconds(5)))
      let writer = open(program, O_WRONLY | O_CLOEXEC)
      try #require(writer >= 0)
      let held = try Sandbox().run(jar).outcome.reason
      guard case .notStarted("execve", ETXTBSY, let advice) = held else {
        Issue.record("\(held)")
        close(writer)
        return
      }
      #expect(advice.contains("open for writing"))
      let closing = Thread {
        usleep(3000)
        close(writer)
      }
      closing.start()
      #expect(try Sandbox().run(jar).outcome.succeeded)
    }

    @Test("a static program and a script run")
    func programsOfOtherKinds() throws {
      let folder = try Folders.make()
      Folders.put("#!/bin/sh\nexit 6\n", at: "\(folder)/script", mode: 0o755)
      let (status, text) = try Host.shell("echo 'int main(void) { return 6; }' | cc -static -x c -o \(folder)/static -")
      if status != 0 { try Host.skip("row 52 needs a static libc: \(text.prefix(200))") }
      for name in ["script", "static"] {
        let jar = Jar(
          policy: try Policy.builtIn("strict"), arguments: ["\(folder)/\(name)"],
          mounts: [Jar.Mount(.readOnly, source: folder)], budget: Budget(wall: .seconds(5)))
        #expect(try Sandbox().run(jar).outcome.reason == .exited(6), "\(name)")
      }
    }

    @Test("a program of a foreign architecture is not started, or is killed at its first call")
    func foreignProgram() throws {
      let folder = try Folders.make()
      let source = #"void _start(void) { __asm__ volatile("int $0x80" : : "a"(1), "b"(6)); for (;;) {} }"#
      let (status, text) = try Host.shell(
        "echo '\(source)' | cc -m32 -ffreestanding -nostdlib -static -x c -o \(folder)/foreign -")
      if status != 0 { try Host.skip("row 52 needs cc -m32: \(text.prefix(200))") }
      let jar = Jar(
        policy: try Policy.builtIn("strict"), arguments: ["\(folder)/foreign"],
        mounts: [Jar.Mount(.readOnly, source: folder)], budget: Budget(wall: .seconds(5)))
      let reason = try Sandbox().run(jar).outcome.reason
      #expect(["deniedCall", "notStarted", "signaled"].contains(reason.name), "\(reason)")
    }

    @Test(
      "a program below /tmp is started where its folder is shown, whatever the folder's name",
      arguments: ["bin", "programs", "programs/"])
    func belowTmp(name: String) throws {
      let folder = "/tmp/belljar-hostile-\(getpid())-below"
      defer { try? FileManager.default.removeItem(atPath: folder) }
      let shown = "\(folder)/\(name)"
      try FileManager.default.createDirectory(atPath: shown, withIntermediateDirectories: true)
      Folders.put("#!/bin/sh\nexit 6\n", at: "\(shown)/script", mode: 0o755)
      let jar = Jar(
        policy: try Policy.builtIn("strict"), arguments: ["\(shown)/script"],
        mounts: [Jar.Mount(.readOnly, source: shown)], budget: Budget(wall: .seconds(5)))
      let reason = try Sandbox().run(jar).outcome.reason
      #expect(reason == .exited(6), "\(reason)")
    }

    @Test("no command, an empty one and one with a NUL are errors; more than the kernel takes is not started")
    func oddCommands() throws {
      let sandbox = try Sandbox()
      func jar(_ arguments: [String], _ environment: [String: String] = [:]) throws -> Jar {
        Jar(
          policy: try Policy.builtIn("strict"), arguments: arguments, environment: environment,
          budget: Budget(wall: .seconds(10)))
      }
      for arguments in [[], [""], ["/bin/true", "a\0b"]] {
        #expect(throws: SandboxError.self) { try sandbox.run(jar(arguments)) }
      }
      let huge = String(repeating: "x", count: 4 << 20)
      let many = (0..<200_000).map { "argument-\($0)-of-very-many" }
      for each in [
        try jar(["/bin/true", huge]), try jar(["/bin/true"] + many), try jar(["/bin/true"], ["HUGE": huge]),
      ] {
        guard case .notStarted(let stage, let number, _) = try sandbox.run(each).outcome.reason else {
          Issue.record("it was started")
          continue
        }
        #expect(stage == "execve" && number == E2BIG)
      }
      // Much, and not too much.
      #expect(try sandbox.run(jar(["/bin/true"] + many.prefix(10_000))).outcome.reason == .exited(0))
    }

    @Test("Belljar within Belljar works, or says why not")
    func nested() throws {
      let tool = try Host.belljar()
      let folder = String(tool.prefix(upTo: tool.lastIndex(of: "/") ?? tool.startIndex))
      let result = try Sandbox().run(
        Jar(
          policy: try Policy.builtIn("build"), arguments: [tool, "run", "--", "true"],
          mounts: [Jar.Mount(.readOnly, source: folder)], budget: Budget(wall: .seconds(20))))
      let text = result.error.text
      #expect(result.outcome.reason == .exited(0) || result.outcome.reason == .exited(125), "\(result.outcome.reason)")
      if result.outcome.reason == .exited(125) {
        #expect(text.contains("namespaces") || text.contains("within a sandbox"), "\(text)")
      }
    }
  }
}
