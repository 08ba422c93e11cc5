import CSandbox
import Foundation
import Glibc
import Synchronization
import Testing

@testable import Sandbox

@Suite("As a library") struct LibraryTests {
  private func shell(_ script: String, wall: Duration = .seconds(10)) throws -> Jar {
    Jar(policy: try Policy.builtIn("strict"), arguments: ["/bin/sh", "-c", script], budget: Budget(wall: wall))
  }

  @Test("a run can be awaited, and eight at once take no thread of the pool")
  func awaited() async throws {
    let sandbox = try Sandbox()
    let codes = try await withThrowingTaskGroup(of: EndReason.self) { group in
      for code in Int32(0)..<8 {
        let jar = try shell("sleep 0.2; exit \(code)")
        group.addTask { try await sandbox.run(jar).outcome.reason }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(Set(codes.map { "\($0)" }) == Set((Int32(0)..<8).map { "\(EndReason.exited($0))" }))
  }

  @Test("the example of docs/library.md works as it stands there")
  func example() async throws {
    let sandbox = try Sandbox()
    var jar = Jar(policy: try .builtIn("strict"), arguments: ["./wc"], directory: "/usr/bin")
    jar.mounts = [Jar.Mount(.readOnly, source: "/usr/bin")]
    jar.budget = Budget(wall: .seconds(10), memory: 256 << 20, processes: 16)
    let result = try await sandbox.run(jar, input: .bytes(Array("3 4\n".utf8)))
    #expect(result.outcome.reason == .exited(0))
    #expect(result.output.text.split(separator: " ").map(String.init) == ["1", "2", "4\n"])
  }

  @Test("a cancelled task ends its run")
  func cancelled() async throws {
    let sandbox = try Sandbox()
    // No clock: tests that block hold up the pool that these tasks share.
    let jar = try shell("sleep 3600", wall: .seconds(3600))
    let task = Task { try await sandbox.run(jar).outcome.reason }
    try await Task.sleep(for: .milliseconds(300))
    task.cancel()
    #expect(try await task.value == .cancelled)
  }

  @Test("output comes as it is printed, and the outcome last")
  func events() async throws {
    var seen = ""
    var last: Outcome?
    for try await event in try Sandbox().events(of: shell("echo one; sleep 0.3; echo two >&2; exit 4")) {
      switch event {
      case .output(let bytes): seen += "<\(String(decoding: bytes, as: UTF8.self))>"
      case .error(let bytes): seen += "[\(String(decoding: bytes, as: UTF8.self))]"
      case .ended(let outcome): last = outcome
      }
    }
    #expect(seen == "<one\n>[two\n]")
    #expect(last?.reason == .exited(4))
  }

  @Test("leaving the loop early ends the run")
  func leftEarly() async throws {
    let mark = "belljar-left-\(getpid())"
    for try await event in try Sandbox().events(of: shell("echo \(mark); sleep 61", wall: .seconds(90))) {
      if case .output = event { break }
    }
    func isLeft() -> Bool { HostProcesses.commands().contains { $0.contains(mark) } }
    for _ in 0..<100 where isLeft() { try await Task.sleep(for: .milliseconds(100)) }
    #expect(!isLeft())
  }

  @Test("a descriptor that is named is there under its number, and no other")
  func descriptors() throws {
    let given = belljar_memfd("given")
    let other = open("/etc/passwd", O_RDONLY)
    defer { for fd in [given, other] { close(fd) } }
    try #require(given >= 0 && other >= 0)
    for number in [Int32(3), 5, 9, 63] {
      var jar = try shell("echo \(number) >&\(number); ls /proc/self/fd")
      if number > 9 { jar.arguments = ["/bin/bash", "-c", "echo \(number) >&\(number); ls /proc/self/fd"] }
      jar.descriptors = [number: given]
      let result = try Sandbox().run(jar)
      #expect(result.outcome.reason == .exited(0), "\(result.error.text)")
      // ls itself opens the folder under the lowest free number.
      let listed = Set(result.output.text.split(separator: "\n").compactMap { Int32($0) })
      #expect(listed.subtracting([0, 1, 2, number]).count == 1, "\(listed)")
    }
    var text = [UInt8](repeating: 0, count: 64)
    let got = pread(given, &text, text.count, 0)
    #expect(String(decoding: text.prefix(got), as: UTF8.self) == "3\n5\n9\n63\n")
  }

  @Test("numbers that can't be had are errors", arguments: [Int32(0), 2, 64, -1])
  func badNumbers(number: Int32) throws {
    var jar = try shell("true")
    jar.descriptors = [number: 0]
    #expect(throws: SandboxError.self) { try Sandbox().run(jar) }
  }

  /// Without tasks: tests that block hold up the pool that tasks share, and somebody has to type in time.
  @Test("a terminal of its own has the size and the keys of the caller's, which is left as it was")
  func terminal() throws {
    var callers: Int32 = -1
    let keyboard = belljar_open_terminal(&callers)
    try #require(keyboard >= 0)
    defer { for fd in [keyboard, callers] { close(fd) } }
    var size = winsize(ws_row: 33, ws_col: 111, ws_xpixel: 0, ws_ypixel: 0)
    #expect(ioctl(callers, UInt(TIOCSWINSZ), &size) == 0)
    var before = termios()
    tcgetattr(callers, &before)
    let jar = Jar(
      policy: try Policy.builtIn("strict"),
      arguments: ["/bin/sh", "-c", "test -t 0 && test -t 1 && stty size && : </dev/tty && read x && echo got:$x"],
      budget: Budget(wall: .seconds(60)))
    let terminal = callers
    final class Ended: Sendable { let reason = Mutex<EndReason?>(nil) }
    let ended = Ended()
    Thread.detachNewThread {
      let reason = (try? Sandbox().run(jar, terminal: terminal).outcome.reason) ?? .cancelled
      ended.reason.withLock { $0 = reason }
    }
    _ = fcntl(keyboard, F_SETFL, O_NONBLOCK)
    var seen = ""
    func read(until isEnough: () -> Bool) {
      for _ in 0..<6000 where !isEnough() {
        var bytes = [UInt8](repeating: 0, count: 4096)
        let got = max(0, Glibc.read(keyboard, &bytes, bytes.count))
        seen += String(decoding: bytes[0..<got], as: UTF8.self)
        if got == 0 { usleep(10_000) }
      }
    }
    // Typed when the program runs: echoed by the inner terminal alone, as the outer one is raw by then.
    read { seen.contains("111") }
    _ = write(keyboard, "hello\r", 6)
    read { seen.contains("got:hello\r\n") && ended.reason.withLock { $0 != nil } }
    #expect(ended.reason.withLock { $0 } == .exited(0), "\(seen)")
    #expect(seen == "33 111\r\nhello\r\ngot:hello\r\n")
    var after = termios()
    tcgetattr(callers, &after)
    #expect(before.c_lflag == after.c_lflag && before.c_iflag == after.c_iflag && before.c_oflag == after.c_oflag)
  }
}
