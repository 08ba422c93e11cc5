import FoundationEssentials
import Glibc
import Harness
import Testing

@Suite("A loop and another terminal") struct ControlTests {
  /// A loop of tries that take a moment each, so that there is something to interrupt.
  private func program() throws -> Program {
    var files = ScriptedLoop.files
    files["agent.sh"]?.append("sleep 0.4\n")
    return try Program(files)
  }

  private func status(_ program: Program) throws -> String {
    let answer = try program.run(["status", "--format", "json"])
    return answer.status == 0 ? answer.output : answer.error
  }

  /// Waits until the status says so; a hang ends the test.
  private func wait(_ program: Program, for text: String) throws -> Bool {
    for _ in 0..<200 {
      if try status(program).contains(text) { return true }
      usleep(100_000)
    }
    return false
  }

  /// Waits until so many tries have their verdict.
  private func wait(_ program: Program, tries: Int) throws -> Bool {
    for _ in 0..<400 {
      let last = try status(program).firstMatch(of: /"last": (\d+)/).flatMap { Int($0.1) }
      if let last, last >= tries { return true }
      usleep(50_000)
    }
    return false
  }

  @Test("it waits, goes on, is cancelled and resumed, and each is to be seen") func turns() throws {
    let program = try program()
    let process = try program.start(["loop"])
    #expect(try wait(program, tries: 2))
    let second = try program.run(["loop"])
    #expect(second.status == 125)
    #expect(second.error.contains("a loop runs on this checkout (process \(process))"), "\(second.error)")
    #expect(try program.run(["pause"]).status == 0)
    #expect(try wait(program, for: "\"state\": \"paused\""))
    let paused = try status(program)
    usleep(1_200_000)
    #expect(try status(program) == paused, "neither tries nor time are spent in a pause")
    #expect(try program.run(["resume"]).output == "loop 1 goes on\n")
    #expect(try wait(program, tries: 5))
    let cancel = try program.run(["cancel"])
    #expect(cancel.output == "loop 1 is cancelled; `belljar resume` goes on with it\n", "\(cancel.error)")
    #expect(program.wait(process) == 130)
    #expect(try status(program).contains("\"end_reason\": \"cancelled\""))
    let resumed = try program.run(["resume"])
    #expect(resumed.status == 0, "\(resumed.error)")
    #expect(resumed.output.contains("loop 1 goes on with try"))
    #expect(resumed.output.contains("20 tries"))
    let again = try program.run(["resume"])
    #expect(again.status == 1)
    #expect(again.error.contains("loop 1 has ended (iterations)"), "\(again.error)")
    let other = try program.start(["loop"])
    #expect(try wait(program, for: "\"loop\": 2,"))
    #expect(try wait(program, tries: 1))
    #expect(try program.run(["pause"]).status == 0)
    let wrong = try program.run(["resume", "--loop", "1"])
    #expect(wrong.status == 125)
    #expect(wrong.error.contains("loop 2 runs on this checkout"), "\(wrong.error)")
    #expect(try wait(program, for: "\"state\": \"paused\""), "the pause is still asked for")
    #expect(try program.run(["cancel"]).status == 0)
    #expect(program.wait(other) == 130)
  }

  @Test("where none runs, there is nothing to ask of it", arguments: ["pause", "cancel"])
  func none(command: String) throws {
    let program = try program()
    let answer = try program.run([command])
    #expect(answer.status == 1)
    #expect(answer.error.contains("none runs on \(program.project)"), "\(answer.error)")
  }

  @Test("in the background it outlives its terminal, and its supervisor takes it up again after a kill")
  func detached() throws {
    let program = try program()
    let started = try program.run(["loop", "--detach"])
    #expect(started.status == 0, "\(started.error)")
    #expect(started.output.contains("loop 1 runs in the background"))
    #expect(try wait(program, tries: 2))
    let text = try status(program)
    let process = try #require(text.firstMatch(of: /"process": (\d+)/).flatMap { pid_t($0.1) })
    #expect(getsid(process) != getsid(0))
    kill(process, SIGKILL)
    #expect(try wait(program, for: "\"end_reason\": \"iterations\""))
    // None where the kill fell between two tries.
    #expect(try status(program).contains(/"interruptions": [01]\b/))
    #expect(try program.run(["verify"]).status == 0)
  }

  @Test("in the background a loop that was killed before goes on after any number of kills, as long as it gets further")
  func detachedAgain() throws {
    let program = try program()
    let first = try program.start(["loop"])
    #expect(try wait(program, tries: 1))
    kill(first, SIGKILL)
    #expect(program.wait(first) == 128 + SIGKILL)
    let started = try program.run(["loop", "--detach", "--harness", program.project])
    #expect(started.output.contains("loop 1 runs in the background"), "\(started.error)")
    for tries in [3, 5, 7] {
      #expect(try wait(program, tries: tries))
      // It may just be taken up again.
      var process: pid_t?
      for _ in 0..<400 where process == nil {
        process = try status(program).firstMatch(of: /"process": (\d+)/).flatMap { pid_t($0.1) }
        if process == nil { usleep(50_000) }
      }
      kill(try #require(process), SIGKILL)
    }
    #expect(try wait(program, for: "\"end_reason\": \"iterations\""))
    #expect(try status(program).contains("\"loop\": 1,"))
  }
}
