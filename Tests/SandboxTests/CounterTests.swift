import Glibc
import Sandbox
import Testing

/// With an event of the kernel's own in the place of the processor's: nanoseconds that tasks have run (PERF_COUNT_SW_TASK_CLOCK),
/// which every machine can count.
@Suite("Counted events") struct CounterTests {
  private static let taskClock = Jar.Counter(type: 1, config: 1)

  private static let isAllowed: Bool = {
    let level = readText("/proc/sys/kernel/perf_event_paranoid").flatMap { Int($0.prefix { !$0.isWhitespace }) }
    return (level ?? 9) <= 2
  }()

  private func run(_ script: String, _ counter: Jar.Counter?) throws -> Outcome {
    var jar = try Jars.shell(script)
    jar.counter = counter
    return try Sandbox().run(jar).outcome
  }

  private static let busy = "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done"

  @Test("are those of the program and of all that it starts, and nothing of the launch", .enabled(if: isAllowed))
  func all() throws {
    let idle = try run("sleep 0.2", Self.taskClock)
    let one = try run(Self.busy, Self.taskClock)
    let three = try run("(\(Self.busy)) & (\(Self.busy)) & \(Self.busy); wait", Self.taskClock)
    let orphan = try run("(setsid sh -c '\(Self.busy)' &) ; sleep 3", Self.taskClock)
    for outcome in [idle, one, three, orphan] { #expect(outcome.succeeded) }
    let counts = try [idle, one, three, orphan].map { Double(try #require($0.counted)) / 1e9 }
    #expect(counts[0] < 0.1)
    // As the kernel's other clock says.
    for (count, outcome) in zip(counts, [idle, one, three, orphan]) {
      let used = (outcome.user + outcome.system).seconds
      #expect(count > used * 0.7 - 0.02 && count < used * 1.3 + 0.02, "\(count) and \(used)")
    }
    #expect(counts[2] > counts[1] * 1.3)
    #expect(counts[3] > counts[1] * 0.5)
  }

  @Test("also of a program that is killed", .enabled(if: isAllowed))
  func killed() throws {
    var jar = try Jars.shell("while :; do :; done", budget: Budget(wall: .milliseconds(400)))
    jar.counter = Self.taskClock
    let outcome = try Sandbox().run(jar).outcome
    #expect(outcome.reason == .wallBudget)
    #expect(try #require(outcome.counted) > 100_000_000)
  }

  @Test("are not there where nobody asked")
  func none() throws { #expect(try run("true", nil).counted == nil) }

  @Test("that the machine can't count are refused by name, and nothing runs")
  func refused() throws {
    // A kind of event that no kernel has.
    let outcome = try run("true", Jar.Counter(type: 0x7fff_fff0, config: 1))
    guard case .notStarted("perf_event_open", let number, let advice) = outcome.reason else {
      Issue.record("\(outcome.reason)")
      return
    }
    #expect(number != 0)
    #expect(advice.contains("no counter of it") || advice.contains("perf_event_paranoid"), "\(advice)")
  }
}
