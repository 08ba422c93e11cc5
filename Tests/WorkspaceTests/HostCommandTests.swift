import Testing
import Workspace

@Suite("HostCommand") struct HostCommandTests {
  private func run(_ script: String, stdin: [UInt8] = [], timeout: Double = 60) throws -> HostCommand.Output {
    try HostCommand(
      ["sh", "-c", script], environment: ["PATH=/usr/bin:/bin", "A=b"], folder: "/tmp", stdin: stdin, timeout: timeout
    ).run()
  }

  @Test("both outputs, the exit code, the folder and the environment come through")
  func plain() throws {
    let output = try run("echo $A; pwd; echo bad >&2; exit 7")
    #expect(output.status == 7)
    #expect(output.stdout == Array("b\n/tmp\n".utf8))
    #expect(output.stderr == Array("bad\n".utf8))
    #expect(try run("kill -9 $$").status == 137)
  }

  @Test("megabytes go in and out without a deadlock")
  func large() throws {
    let bytes = [UInt8](repeating: 0x61, count: 5_000_000)
    #expect(try run("cat", stdin: bytes).stdout == bytes)
    #expect(try run("head -c 5000000 /dev/zero | tee /dev/stderr").stderr.count == 5_000_000)
  }

  @Test("a command that reads nothing of its input is no error")
  func unread() throws {
    #expect(try run("true", stdin: [UInt8](repeating: 0, count: 3_000_000)).status == 0)
  }

  @Test("a command that takes too long is killed")
  func timeout() throws {
    #expect(throws: WorkspaceError.self) { try run("sleep 1000", timeout: 0.3) }
    #expect(throws: WorkspaceError.self) { try run("exec >&- 2>&-; sleep 1000", timeout: 0.3) }
  }

  @Test("a command that is not there is an error")
  func missing() {
    #expect(throws: WorkspaceError.self) {
      try HostCommand(["belljar-no-such-command"], environment: [], folder: "/tmp").run()
    }
    #expect(throws: WorkspaceError.self) {
      try HostCommand(["true"], environment: [], folder: "/belljar-no-such-folder").run()
    }
  }
}
