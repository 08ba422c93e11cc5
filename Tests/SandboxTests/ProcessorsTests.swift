import CSandbox
import Glibc
import Synchronization
import Testing

@testable import Sandbox

@Suite("Processors of what is measured", .enabled(if: Cores.machine.count > 1, "there is but one processor"))
struct ProcessorsTests {
  /// The processors that a process may use, as the kernel lists them.
  private func listed(_ status: String) -> String? {
    status.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list:") }?.split(separator: "\t").last.map(
      String.init)
  }

  private func listed(process: Int32) -> String? { readText("/proc/\(process)/status").flatMap(listed) }

  private func listed(in sandbox: Sandbox, isMeasured: Bool) throws -> String? {
    var jar = try Jars.shell("cat /proc/self/status", budget: Budget(wall: .seconds(10), cores: isMeasured ? 1 : nil))
    jar.keepsCores = isMeasured
    return listed(try sandbox.run(jar).output.text)
  }

  @Test("the launcher keeps off them, and gives them back to what it launches next")
  func aside() throws {
    let sandbox = try Sandbox()
    let all = try #require(listed(process: sandbox.launcher.process))
    let last = try #require(Cores.machine.last)
    for _ in 0..<3 {
      for _ in 0..<3 { #expect(try listed(in: sandbox, isMeasured: true) == "\(last)") }
      let aside = try #require(listed(process: sandbox.launcher.process))
      #expect(aside != all && !aside.hasSuffix("\(last)"))
      // Time for a sandbox to be made ahead, by a launcher that stands aside.
      usleep(30_000)
      #expect(try listed(in: sandbox, isMeasured: false) == all)
      #expect(listed(process: sandbox.launcher.process) == all)
    }
  }

  @Test("the init leaves them before it ends")
  func leaving() throws {
    let sandbox = try Sandbox()
    var jar = try Jars.shell("cat", budget: Budget(wall: .seconds(60), cores: 1))
    jar.keepsCores = true
    let last = try #require(Cores.machine.last)
    var ends: [Int32] = [-1, -1]
    try #require(belljar_pipe(&ends) == 0)
    defer { close(ends[0]) }
    // On threads of their own: those of tests that run beside this one may all be taken.
    let reason = Mutex<EndReason?>(nil)
    let input = ends[0]
    Sandbox.onThread { [jar] in
      let result = try? sandbox.run(jar, input: .descriptor(input))
      reason.withLock { $0 = result?.outcome.reason ?? .cancelled }
    }
    let launcher = sandbox.launcher.process
    let initial = first("a child on its program's processor") {
      children(of: launcher).first { listed(process: $0) == "\(last)" }
    }
    // Stopped, the launcher doesn't reap it, so that its last processors can be seen.
    kill(launcher, SIGSTOP)
    close(ends[1])
    let dead = initial.flatMap { process in
      first("its end") { readText("/proc/\(process)/status").flatMap { $0.contains("State:\tZ") ? $0 : nil } }
    }
    kill(launcher, SIGCONT)
    #expect(first("the run's end") { reason.withLock { $0 } } == .exited(0))
    let processors = try #require(dead.flatMap(listed))
    #expect(processors != "\(last)" && !processors.isEmpty)
  }

  @Test("a series leaves nothing with the launcher, and each program has the number that it has alone")
  func series() throws {
    let sandbox = try Sandbox()
    var jar = try Jars.shell("echo $$", budget: Budget(wall: .seconds(10), cores: 1))
    jar.keepsCores = true
    let launcher = sandbox.launcher.process
    /// What a launcher has open that has nothing ahead any more: that is ended after two seconds.
    func open() -> Int? {
      children(of: launcher).isEmpty ? folderNames("/proc/\(launcher)/fd")?.count : nil
    }
    for _ in 0..<4 { #expect(try sandbox.run(jar).output.text == "2\n") }
    // Between a run's end and what is made ahead next there is no child either.
    usleep(200_000)
    let before = try #require(first("a launcher at rest", open))
    for _ in 0..<40 { #expect(try sandbox.run(jar).output.text == "2\n") }
    #expect(first("a launcher with as much open as before") { open() == before ? true : nil } == true)
  }

  private func children(of process: Int32) -> [Int32] {
    (readText("/proc/\(process)/task/\(process)/children") ?? "").split(separator: " ").compactMap { Int32($0) }
  }

  private func first<Found>(_ what: Comment, _ look: () -> Found?) -> Found? {
    let deadline = ContinuousClock.now + .seconds(30 * slowness)
    while ContinuousClock.now < deadline {
      if let found = look() { return found }
      usleep(2000)
    }
    Issue.record("waited in vain for \(what)")
    return nil
  }
}
