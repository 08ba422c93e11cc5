import Glibc
import Sandbox
import Testing

@Suite("Budgets") struct BudgetTests {
  @Test(
    "the wall ends a program that spins, sleeps, or ignores SIGTERM",
    arguments: ["while :; do :; done", "sleep 60", "trap '' TERM INT HUP; while :; do sleep 1; done", "kill -STOP $$"])
  func wall(script: String) throws {
    let (outcome, _, _) = try Jars.run(script, budget: Budget(wall: .milliseconds(300)))
    #expect(outcome.reason == .wallBudget)
    #expect(outcome.wall >= .milliseconds(290))
    #expect(outcome.wall < .milliseconds(800 * slowness))
  }

  @Test("within the grace a program that is told to end can tidy up")
  func grace() throws {
    let (outcome, output, _) = try Jars.run(
      "trap 'echo tidy; exit 0' TERM; while :; do sleep 0.05; done",
      budget: Budget(wall: .milliseconds(300 * slowness), grace: .seconds(2 * slowness)))
    #expect(outcome.reason == .wallBudget)
    #expect(output == "tidy\n")
  }

  @Test("processor time of the whole tree is limited")
  func cpu() throws {
    let (outcome, _, _) = try Jars.run(
      "(while :; do :; done) & (while :; do :; done) & wait",
      budget: Budget(wall: .seconds(10), cpu: .milliseconds(400)))
    #expect(outcome.reason == .cpuBudget)
    #expect(outcome.wall < .seconds(6 * slowness))
  }

  @Test("a program that takes too much memory ends with that reason, not with signal 9")
  func memory() throws {
    let (outcome, _, _) = try Jars.run(
      "perl -e 'my $x = \"x\" x (400 << 20); sleep 1; print length $x'",
      budget: Budget(wall: .seconds(10), memory: 64 << 20))
    #expect(outcome.reason == .memoryBudget)
  }

  @Test("a child that is killed for memory ends the run, also when its parent lives on")
  func memoryOfChild() throws {
    let (outcome, _, _) = try Jars.run(
      "perl -e 'my $x = \"x\" x (400 << 20); sleep 1' ; sleep 5; echo on",
      budget: Budget(wall: .seconds(8), memory: 64 << 20))
    #expect(outcome.reason == .memoryBudget)
    #expect(outcome.wall < .seconds(4 * slowness))
  }

  @Test("two runs in a row: the second starts with clean counters")
  func reuse() throws {
    let sandbox = try Sandbox()
    let hog = try Jars.shell(
      "perl -e 'my $x = \"x\" x (400 << 20); sleep 1'", budget: Budget(wall: .seconds(8), memory: 64 << 20))
    #expect(try sandbox.run(hog).outcome.reason == .memoryBudget)
    let modest = try sandbox.run(Jars.shell("echo fine", budget: Budget(wall: .seconds(8), memory: 64 << 20)))
    #expect(modest.outcome.reason == .exited(0))
    #expect(modest.outcome.peakMemory < 64 << 20)
  }

  @Test("what a run has left in /tmp is not counted for the next one")
  func scratch() throws {
    let sandbox = try Sandbox()
    let budget = Budget(wall: .seconds(8 * slowness), memory: 256 << 20, disk: 128 << 20)
    for _ in 0..<5 {
      let filling = try sandbox.run(Jars.shell("head -c 60000000 /dev/zero > /tmp/x", budget: budget))
      #expect(filling.outcome.reason == .exited(0), "\(filling.error.text)")
      #expect(try sandbox.run(Jars.shell(":", budget: budget)).outcome.peakMemory < 32 << 20)
    }
  }

  @Test("limits that go up and down from run to run are held by the same means")
  func turns() throws {
    let sandbox = try Sandbox()
    var held: [String] = []
    for memory in [64 << 20, 512 << 20, 64 << 20, 1 << 30, 32 << 20] {
      let hog = try Jars.shell(
        "perl -e 'my $x = \"x\" x (100 << 20); print length $x'", budget: Budget(wall: .seconds(8), memory: memory))
      let outcome = try sandbox.run(hog).outcome
      #expect(outcome.reason == (memory > 256 << 20 ? .exited(0) : .memoryBudget))
      held.append(outcome.limitedBy)
    }
    #expect(Set(held).count == 1, "\(held)")
  }

  // One that goes on when a fork is refused: a bomb that dies of that by itself may be gone before a poll sees it.
  @Test("a fork bomb ends with the process budget")
  func processes() throws {
    let (outcome, _, _) = try Jars.run(
      "perl -e 'fork while 1'",
      budget: Budget(wall: .seconds(8), processes: 60, output: 1 << 30))
    #expect(outcome.reason == .processBudget)
    #expect(outcome.wall < .seconds(4 * slowness))
  }

  @Test("endless output ends with the output budget, in bounded memory", arguments: ["yes", "yes >&2"])
  func output(script: String) throws {
    let result = try Sandbox().run(
      Jars.shell(script, budget: Budget(wall: .seconds(8), output: 3_000_000)), output: .captured(keep: 1000))
    #expect(result.outcome.reason == .outputBudget)
    #expect(result.output.head.count + result.error.head.count == 1000)
    #expect(result.output.count + result.error.count == 3_000_000)
  }

  @Test("what a program leaves running is dead before the outcome returns, and counted")
  func leftovers() throws {
    let (outcome, _, _) = try Jars.run("setsid sleep 71.7 & (trap '' TERM; setsid sleep 71.7) & sleep 0.1; exit 3")
    #expect(outcome.reason == .exited(3))
    #expect(outcome.leftOver >= 2)
    #expect(outcome.wall < .seconds(2 * slowness))
    #expect(!HostProcesses.commands().contains { $0.contains("sleep 71.7") })
  }

  @Test("exit codes and signals are the program's own")
  func ends() throws {
    #expect(try Jars.run("exit 42").outcome.reason == .exited(42))
    #expect(try Jars.run("kill -SEGV $$").outcome.reason == .signaled(11))
  }

  @Test(
    "what can't be executed says at which stage and why",
    arguments: [("/nonexistent", "No such file"), ("/etc/passwd", "Permission denied"), ("/usr", "Permission denied")])
  func notStarted(path: String, text: String) throws {
    let jar = Jar(policy: try Policy.builtIn("strict"), arguments: [path])
    let outcome = try Sandbox().run(jar).outcome
    guard case .notStarted(let stage, _, _) = outcome.reason else {
      Issue.record("\(outcome.reason)")
      return
    }
    #expect(stage == "execve")
    #expect("\(outcome.reason)".contains(text))
  }

  @Test("a run that is cancelled ends at once")
  func cancellation() throws {
    let cancellation = Cancellation()
    cancellation.cancel()
    let outcome = try Sandbox().run(Jars.shell("sleep 60"), cancellation: cancellation).outcome
    #expect(outcome.reason == .cancelled)
    #expect(outcome.wall < .seconds(2 * slowness))
  }

  @Test("stdin reaches the program whole, and its end too")
  func input() throws {
    let bytes = [UInt8](repeating: UInt8(ascii: "a"), count: 300_000)
    #expect(try Jars.run("wc -c", input: .bytes(bytes)).output.contains("300000"))
    #expect(try Jars.run("head -c 3; exit 0", input: .bytes(bytes)).output == "aaa")
  }

  @Test(
    "a full /tmp ends with the disk budget, also when the program only fails",
    arguments: [
      "dd if=/dev/zero of=/tmp/x bs=1M count=64 2>/dev/null",
      "i=0; while : > /tmp/$i; do i=$((i+1)); done 2>/dev/null; exit 1",
    ])
  func scratch(script: String) throws {
    let budget = Budget(wall: .seconds(20), disk: 4 << 20)
    let (outcome, _, _) = try Jars.run(script, budget: budget)
    #expect(outcome.reason == .diskBudget)
  }

  @Test("a file that outgrows the disk budget ends with it")
  func oneFile() throws {
    let (outcome, _, _) = try Jars.run(
      "exec perl -e 'open(F, q(>), q(/tmp/x)); seek(F, 1 << 30, 0); print F q(x); close F; sleep 5'",
      budget: Budget(wall: .seconds(10), disk: 4 << 20))
    #expect(outcome.reason == .diskBudget)
  }

  @Test(
    "what goes to the tree's own layer on disk counts, also where no name or no one who may read leads to it",
    arguments: [
      "for i in $(seq 300); do dd if=/dev/zero of=f$i bs=64k count=4 2>/dev/null; done; sleep 25",
      "perl -e 'for (1..200000) { open(F, q(>), qq(f$_)); close F } sleep 25'",
      "for i in $(seq 300); do dd if=/dev/zero of=f$i bs=64k count=4 2>/dev/null; done",
      // Without names, but open.
      "perl -e 'for (1..60) { open($f{$_}, q(>), q(f)); unlink q(f); syswrite($f{$_}, q(x) x (1 << 20)) } sleep 25'",
      // Where its owner may write, but not read.
      "mkdir d; chmod 300 d; for i in $(seq 300); do dd if=/dev/zero of=d/f$i bs=64k count=4 2>/dev/null; done; sleep 25",
      "chmod 300 .; for i in $(seq 300); do dd if=/dev/zero of=f$i bs=64k count=4 2>/dev/null; done; sleep 25",
    ])
  func layer(script: String) throws {
    let folders = try TemporaryLayers()
    let place = "/home/belljar/tree"
    var jar = try Jars.shell(script, budget: Budget(wall: .seconds(40), disk: 20 << 20))
    jar.directory = place
    jar.mounts = [
      Jar.Mount(
        .overlay(layers: [folders.lower], upper: folders.upper, work: folders.work), source: place, destination: place)
    ]
    let outcome = try Sandbox().run(jar).outcome
    #expect(outcome.reason == .diskBudget)
    #expect(outcome.wall < .seconds(25 * slowness))
  }

  @Test("a budget of cores holds, is seen by nproc, and can't be widened from inside")
  func cores() throws {
    let (outcome, output, _) = try Jars.run(
      "nproc; taskset -p -c 0-63 $$ 2>&1 | tail -1; nproc", budget: Budget(wall: .seconds(10 * slowness), cores: 1))
    #expect(outcome.reason == .exited(0))
    let lines = output.split(separator: "\n")
    #expect(lines.first == "1" && lines.last == "1", "\(output)")
  }

  @Test(
    "limits that can't be held are errors before anything runs",
    arguments: [
      (Budget(wall: .seconds(1), memory: 1000), "memory"), (Budget(wall: .seconds(1), cores: 1000), "cores"),
      (Budget(grace: .seconds(1)), "grace"), (Budget(wall: .zero), "wall"),
    ])
  func contradictions(budget: Budget, word: String) throws {
    let policy = try Policy(yaml: "name: x\nshow: [/usr]\ncalls: [basic]\n", file: "x.yaml")
    let jar = Jar(policy: policy, arguments: ["/bin/true"], budget: budget)
    do {
      _ = try Sandbox().run(jar)
      Issue.record("it ran")
    } catch { #expect("\(error)".hasPrefix("set limit \(word)"), "\(error)") }
  }
}
