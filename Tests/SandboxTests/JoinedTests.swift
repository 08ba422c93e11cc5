import CSandbox
import Glibc
import Testing

@testable import Sandbox

@Suite("Two sandboxes, joined crosswise") struct JoinedTests {
  /// Runs two shell scripts beside each other; what they print on stderr is kept.
  private func join(
    guest: String, host: String, wall: Duration = .seconds(10 * slowness), grace: Duration = .milliseconds(300),
    cancellation: Cancellation? = nil, descriptors: [Int32: Int32] = [:]
  ) throws -> (guest: Sandbox.Result, host: Sandbox.Result) {
    var side = try Jars.shell(host, budget: Budget(wall: .seconds(10 * slowness)))
    side.descriptors = descriptors
    return try Sandbox().runJoined(
      guest: Jars.shell(guest, budget: Budget(wall: wall)), host: side, grace: grace, cancellation: cancellation)
  }

  @Test("each reads what the other prints, in both directions and many times")
  func conversation() throws {
    let both = try join(
      guest: "while read -r n; do echo $((n * 2)); done; echo ended >&2",
      host: "for n in $(seq 500); do echo $n; read -r twice; [ $twice = $((n * 2)) ] || exit 1; done; echo fine >&2")
    #expect(both.host.outcome.reason == .exited(0))
    #expect(both.host.error.text == "fine\n")
    // The end of its input came when the host had ended.
    #expect(both.guest.outcome.reason == .exited(0))
    #expect(both.guest.error.text == "ended\n")
    #expect(both.guest.output.count == 0)
  }

  @Test("when the guest ends, the host reads what was said and then the end")
  func early() throws {
    let both = try join(guest: "echo said; exit 3", host: "sleep 0.3; read -r a; read -r b || echo \"$a, end\" >&2")
    #expect(both.guest.outcome.reason == .exited(3))
    #expect(both.host.error.text == "said, end\n")
  }

  @Test("a guest that ignores the end of its input has its grace, and no more")
  func grace() throws {
    let begun = monotonicNow()
    let both = try join(guest: "sleep 60", host: "true", wall: .seconds(60))
    #expect(both.guest.outcome.reason == .cancelled)
    #expect(both.host.outcome.reason == .exited(0))
    let took = monotonicNow() - begun
    #expect(took > .milliseconds(250) && took < .seconds(10 * slowness), "\(took)")
  }

  @Test(
    "whoever floods, stalls, never reads or closes early holds up nobody for longer than its budgets",
    arguments: [
      // Nobody reads the flood.
      ("yes", "sleep 0.3; echo done >&2", "done\n"),
      // Both flood, and neither reads.
      ("yes", "timeout 1 yes; echo done >&2", "done\n"),
      // A flood is read to the guest's end.
      ("yes", "head -c 10000000 >/dev/null; echo done >&2", "done\n"),
      // It hears nothing and says nothing.
      ("exec sleep 60", "read -r line || echo end >&2", "end\n"),
      // Both are closed at once.
      ("exec <&- >&-; sleep 60", "read -r line || echo end >&2", "end\n"),
      // One line without an end.
      ("head -c 5000000 /dev/zero | tr '\\0' x", "head -c 4000000 | wc -c >&2", "4000000\n"),
    ])
  func stubborn(guest: String, host: String, says: String) throws {
    let begun = monotonicNow()
    let both = try join(guest: guest, host: host, wall: .seconds(2))
    #expect(both.host.outcome.reason == .exited(0), "\(both.host.outcome.reason)")
    #expect(both.host.error.text == says)
    #expect(monotonicNow() - begun < .seconds(20 * slowness))
  }

  @Test("neither sees the other: not its processes, not its descriptors, not its folders")
  func apart() throws {
    var ends: [Int32] = [-1, -1]
    try #require(belljar_pipe(&ends) == 0)
    defer { for end in ends { close(end) } }
    let look = "ls /proc/self/fd >&2; for p in /proc/[0-9]*; do cat $p/comm; done 2>/dev/null | sort | uniq -c >&2"
    let both = try join(
      guest: "sleep 0.2; \(look); { echo forged >&3; } 2>/dev/null || echo none >&2; kill -9 -1 2>/dev/null; true",
      host: "sleep \(0.5 * Double(slowness)); echo mine >&3", descriptors: [3: ends[1]])
    #expect(both.host.outcome.reason == .exited(0))
    // Ours, so that reading ends also where nothing was written.
    close(ends[1])
    ends[1] = -1
    var bytes = [UInt8](repeating: 0, count: 64)
    let got = read(ends[0], &bytes, bytes.count)
    #expect(String(decoding: bytes.prefix(max(0, got)), as: UTF8.self) == "mine\n")
    let seen = both.guest.error.text
    #expect(seen.contains("none\n"), "\(seen)")
    // Its own shell and what that starts; the host's sleep is in no list.
    #expect(!seen.contains("sleep"), "\(seen)")
  }

  @Test("a cancellation ends both at once")
  func cancelled() throws {
    let cancellation = Cancellation()
    cancellation.cancel()
    let begun = monotonicNow()
    let both = try join(
      guest: "sleep 60", host: "sleep 60", wall: .seconds(60), grace: .seconds(60), cancellation: cancellation)
    #expect(both.host.outcome.reason == .cancelled)
    #expect(both.guest.outcome.reason == .cancelled)
    #expect(monotonicNow() - begun < .seconds(10 * slowness))
  }

  @Test("one that can't be started is told as such, and the other ends")
  func unstartable() throws {
    var missing = try Jars.shell("true")
    missing.arguments = ["/usr/bin/no-such-program"]
    let both = try Sandbox().runJoined(
      guest: missing, host: Jars.shell("read -r line || echo end >&2"), grace: .milliseconds(300))
    #expect(both.host.error.text == "end\n")
    guard case .notStarted("execve", ENOENT, _) = both.guest.outcome.reason else {
      Issue.record("\(both.guest.outcome.reason)")
      return
    }
  }

  @Test("nothing is left: no descriptor, no thread, after many")
  func clean() throws {
    let sandbox = try Sandbox()
    func once() throws {
      _ = try sandbox.runJoined(
        guest: Jars.shell("read -r a; echo $a"), host: Jars.shell("echo x; read -r b"), grace: .seconds(1))
    }
    func descriptors() -> Int { folderNames("/proc/self/fd")?.count ?? 0 }
    for _ in 0..<3 { try once() }
    let before = descriptors()
    for _ in 0..<80 { try once() }
    // Other suites run beside this one, and have some tens open for moments; what leaks stays, at least one for each run.
    let deadline = monotonicNow() + .seconds(10 * slowness)
    while descriptors() >= before + 20, monotonicNow() < deadline { usleep(20_000) }
    #expect(descriptors() < before + 20)
  }
}
