import FoundationEssentials
import Glibc
import Testing

@testable import Sandbox

/// Only clone3 enters a v2 cgroup, so nothing is made ahead there.
private let makesAhead: Bool = {
  if case .v2? = Cgroups.shared?.version { return false }
  return true
}()

@Suite("Roots begun ahead", .enabled(if: makesAhead, "where cgroups are v2, no sandbox is made ahead"))
struct RootsAheadTests {
  /// What is seen from inside that could tell how the sandbox was made.
  private static let look = """
    echo "pid $$"; id; hostname; pwd; ls -lan --time-style=+ / /dev /etc /home /tmp /run /var | grep -v -e '^total' -e ' proc$' | tr -s ' '
    cut -d' ' -f4- /proc/self/mountinfo; grep -E '^(Cap|NoNew|Seccomp|Groups|Umask)' /proc/self/status; ls /proc/self/fd
    """

  /// Whether a sandbox waits that was made ahead; true with its root begun, nil for none.
  private func waiting(for sandbox: Sandbox) -> Bool? {
    let launcher = sandbox.launcher.process
    guard let child = readText("/proc/\(launcher)/task/\(launcher)/children")?.split(separator: " ").first else {
      return nil
    }
    let mounts = readText("/proc/\(child)/mountinfo") ?? ""
    return mounts.split(separator: "\n").contains { $0.contains(" / / ") && $0.contains(" - tmpfs ") }
  }

  private func until(_ sandbox: Sandbox, has root: Bool?) -> Bool {
    let deadline = ContinuousClock.now + .seconds(5 * slowness)
    while ContinuousClock.now < deadline {
      if waiting(for: sandbox) == root { return true }
      usleep(10_000)
    }
    return false
  }

  @Test("one is as it is made when it is asked for", arguments: ["strict", "build"])
  func same(policy: String) throws {
    let jar = try Jars.shell(Self.look, policy: policy)
    let sandbox = try Sandbox()
    let first = try sandbox.run(jar)
    #expect(first.output.text.hasPrefix("pid 2\n"), "\(first.outcome) \(first.error.text)")
    for _ in 0..<2 { _ = try sandbox.run(jar) }
    for _ in 0..<4 {
      #expect(until(sandbox, has: true))
      let next = try sandbox.run(jar)
      #expect(next.output.text == first.output.text)
      #expect(next.outcome.reason == .exited(0))
    }
  }

  @Test("limits and policies that take turns, and then do not, each get their own")
  func turns() throws {
    let sandbox = try Sandbox()
    func check(_ policy: String, _ mebibytes: Int) throws {
      let budget = Budget(wall: .seconds(10 * slowness), disk: mebibytes << 20)
      let result = try sandbox.run(Jars.shell("df -B1M --output=size /tmp | tail -1", policy: policy, budget: budget))
      #expect(result.output.text.split(separator: "\n").last.map { $0.drop { $0 == " " } } == "\(mebibytes)")
    }
    for _ in 0..<5 {
      try check("strict", 4)
      try check("build", 8)
    }
    #expect(until(sandbox, has: true))
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<12 { try check(Bool.random(using: &generator) ? "strict" : "test", Int.random(in: 2...5)) }
  }

  @Test("what a run shows beside the root is never of an earlier moment")
  func mounts() throws {
    let folder = "/tmp/belljar-ahead-\(getpid())-\(UInt32.random(in: 0 ... .max))"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let sandbox = try Sandbox()
    for round in 0..<6 {
      try? FileManager.default.removeItem(atPath: folder)
      try #require(mkdir(folder, 0o755) == 0)
      try #require(mkdir("\(folder)/\(round)", 0o755) == 0)
      let jar = try Jars.shell("ls \(folder)", mounts: [Jar.Mount(.readOnly, source: folder)])
      #expect(try sandbox.run(jar).output.text == "\(round)\n")
    }
  }

  @Test("one that is not used is given up after two seconds, and the next run does without")
  func age() throws {
    let sandbox = try Sandbox()
    let jar = try Jars.shell("echo $$")
    for _ in 0..<3 { _ = try sandbox.run(jar) }
    #expect(until(sandbox, has: true))
    usleep(1_200_000)
    #expect(waiting(for: sandbox) == true)
    #expect(until(sandbox, has: nil))
    #expect(try sandbox.run(jar).output.text == "2\n")
    #expect(until(sandbox, has: true))
  }
}
