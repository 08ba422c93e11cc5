import Glibc
import Sandbox
import Testing

@Suite("Policies") struct PolicyTests {
  @Test("every built-in policy reads, and its filter compiles", arguments: Policy.builtInNames)
  func builtIn(name: String) throws {
    #expect(try Policy.builtIn(name).name == name)
    #expect(try Jars.run("echo ok", policy: name).output == "ok\n")
  }

  @Test("an unknown group is an error with its place and the nearest name")
  func unknownGroup() {
    #expect(throws: (any Error).self) { try Policy(yaml: "name: x\nshow: [/usr]\ncalls: [basik]\n", file: "x.yaml") }
    do { _ = try Policy(yaml: "name: x\nshow: [/usr]\ncalls: [basik]\n", file: "x.yaml") } catch {
      #expect("\(error)".hasPrefix("x.yaml:3:9"))
      #expect("\(error)".contains("basic"))
    }
  }

  @Test("an unknown policy is an error that names the known ones")
  func unknownPolicy() {
    do { _ = try Policy.named("strickt") } catch { #expect("\(error)".contains("'strict'")) }
  }

  @Test("a policy extends another: shown folders and calls add up, limits stand before the other's")
  func extends() throws {
    let policy = try Policy(
      yaml: "name: x\nextends: strict\nshow: [/opt, /usr]\ncalls: [inotify_init1]\nproc: full\nbudget: {wall: 7 s}\n",
      file: "x.yaml")
    let strict = try Policy.builtIn("strict")
    #expect(policy.show == ["/usr", "/opt"])
    #expect(policy.calls == strict.calls + ["inotify_init1"])
    #expect(policy.proc == .full)
    #expect(policy.budget.wall == .seconds(7))
    #expect(policy.budget.memory == strict.budget.memory)
    #expect(try policy.callNames().count == strict.callNames().count + 1)
  }

  @Test(
    "what is wrong with a policy is told with its place",
    arguments: [
      ("name: x\nextends: strct\n", "x.yaml:2:10", "did you mean 'strict'?"),
      ("name: x\nextends: strict\ncalls: [keyctl]\n", "x.yaml:3:9", "no group holds a call of that name"),
      ("name: x\nextends: strict\nshow: [../up]\n", "x.yaml:3:8", "expected an absolute path"),
      ("name: x\ncalls: [basic]\n", "x.yaml:1:1", "missing key 'show'"),
      ("name: x\nextends: ./gone.yaml\n", "x.yaml:2:10", "can't be opened"),
      ("name: x\nextend: strict\n", "x.yaml:2:1", "did you mean 'extends'?"),
    ])
  func wrong(yaml: String, place: String, words: String) {
    do {
      _ = try Policy(yaml: yaml, file: "x.yaml")
      Issue.record("it was read")
    } catch {
      #expect("\(error)".hasPrefix(place), "\(error)")
      #expect("\(error)".contains(words), "\(error)")
    }
  }

  @Test("a single call of a group can be allowed, and the rest of the group stays denied", .enabled(if: hasPython))
  func singleCall() throws {
    let policy = try Policy(
      yaml: "name: x\nshow: [/usr]\ncalls: [basic, inotify_init1]\nbudget: {wall: 10 s}\n", file: "x.yaml")
    let script = """
      import ctypes
      libc = ctypes.CDLL(None, use_errno=True)
      print(libc.inotify_init1(0) >= 0, libc.socket(2, 1, 0), ctypes.get_errno())
      """
    let result = try Sandbox().run(Jar(policy: policy, arguments: ["/usr/bin/python3", "-c", script]))
    #expect(result.output.text == "True -1 1\n")
  }

  static let hasPython = access("/usr/bin/python3", X_OK) == 0
}

@Suite("Learning a policy") struct PolicyLearningTests {
  @Test(
    "a learned policy lets the same run pass with equal output", .enabled(if: PolicyTests.hasPython, "needs python3"),
    arguments: [
      ("print(sum(range(10)))", ["basic"], Policy.ProcView.pids),
      (
        "import socket; a, b = socket.socketpair(); a.send(b'x'); print(b.recv(1), open('/proc/meminfo').read(8))",
        ["basic", "recvfrom", "sendto", "socketpair"], .full
      ),
    ])
  func sameRun(script: String, calls: [String], proc: Policy.ProcView) throws {
    let sandbox = try Sandbox()
    var jar = Jar(
      policy: try Policy.builtIn("build"), arguments: ["/usr/bin/python3", "-c", script],
      budget: Budget(wall: .seconds(10)))
    let learned = try sandbox.learn(jar, name: "learned", output: .captured(keep: 1000))
    #expect(learned.result.outcome.reason == .exited(0))
    let policy = try Policy(yaml: learned.policy.yaml, file: "learned.yaml")
    // Python itself may ask for more from release to release; what is never needed is not there.
    #expect(Set(calls).isSubset(of: policy.calls), "\(learned.policy.yaml)")
    #expect(
      !policy.calls.contains { ["ptrace", "mbind", "msgget", "bind", "local-network", "toolchain"].contains($0) })
    #expect(policy.proc == proc)
    #expect(policy.show == ["/usr"])
    jar.policy = policy
    let again = try sandbox.run(jar)
    #expect(again.outcome.reason == .exited(0))
    #expect(again.output.text == learned.result.output.text)
    #expect(again.outcome.denied.isEmpty)
  }

  @Test("a call that no policy allows is refused while learning too, and named", .enabled(if: PolicyTests.hasPython))
  func refused() throws {
    let script = """
      import ctypes
      libc = ctypes.CDLL(None, use_errno=True)
      print(libc.unshare(0x10000000), ctypes.get_errno(), libc.syscall(41, 16, 3, 0), ctypes.get_errno())
      """
    let jar = Jar(
      policy: try Policy.builtIn("build"), arguments: ["/usr/bin/python3", "-c", script],
      budget: Budget(wall: .seconds(10)))
    let learned = try Sandbox().learn(jar, name: "x", output: .captured(keep: 1000))
    // unshare, and a netlink socket: the arguments are checked as a filter would.
    #expect(learned.result.output.text == "-1 1 -1 1\n")
    #expect(learned.policy.refused == ["socket", "unshare"])
  }

  @Test("a command's words can't break out of the YAML's comments")
  func hostileWords() throws {
    let jar = Jar(
      policy: try Policy.builtIn("build"), arguments: ["/bin/echo", "a\nnetwork: open\n\u{1b}[31m\""],
      budget: Budget(wall: .seconds(10)))
    let learned = try Sandbox().learn(jar, name: "x\"\ny", output: .captured(keep: 1000))
    #expect(try Policy(yaml: learned.policy.yaml, file: "x.yaml").network == .none)
    #expect(!learned.policy.yaml.unicodeScalars.contains { $0.value == 27 })
  }
}
