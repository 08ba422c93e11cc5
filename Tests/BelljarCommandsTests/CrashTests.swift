import FoundationEssentials
import Glibc
import Harness
import Ledger
import Testing
import Workspace

@Suite("A loop that is cut short", .serialized) struct CrashTests {
  /// How often each test cuts a loop short; BELLJAR_ROUNDS for more (scripts/soak-loop.sh).
  private static let rounds = ProcessInfo.processInfo.environment["BELLJAR_ROUNDS"].flatMap { Int($0) } ?? 20

  /// A loop that nobody disturbs: what it came to, what it spent, and how long it took.
  private func undisturbed(_ program: Program) throws -> (story: [String], seconds: Double) {
    program.home = "\(program.place)/undisturbed"
    let began = now()
    #expect(program.wait(try program.start(["loop"])) == 0, "\(program.text("output"))")
    let seconds = now() - began
    let state = try program.state()
    let ledger = try Ledger(path: state.ledger)
    let story = try ScriptedLoop.story(ledger, loop: 1, store: ObjectStore(root: state.path))
    let verdicts = Set(try ledger.iterations(loop: 1, last: .max).compactMap { $0.result?.verdict })
    #expect(verdicts == Set(Verdict.allCases), "the script comes to every verdict")
    return (story, seconds)
  }

  @Test("and resumed is as one that nobody disturbed; nothing is left behind", arguments: [SIGKILL, SIGTERM])
  func resumed(signal: Int32) throws {
    try cutAndResume(try Program(ScriptedLoop.files), signal: signal, rounds: Self.rounds)
  }

  @Test("in the middle of tries side by side too", arguments: [SIGKILL, SIGTERM])
  func sideBySide(signal: Int32) throws {
    try cutAndResume(try Program(ScriptedLoop.sideBySide), signal: signal, rounds: max(1, Self.rounds / 4), parallel: 3)
  }

  private func cutAndResume(_ program: Program, signal: Int32, rounds: Int, parallel: Int = 1) throws {
    let (story, seconds) = try undisturbed(program)
    var cut = 0
    var round = -1
    // Where there are few, all instants may fall behind the end.
    while round + 1 < rounds || (cut == 0 && round < rounds + 20) {
      round += 1
      program.home = "\(program.place)/round-\(round)"
      var kills = 0
      // Up to three cuts, at any instant from the first start to the end.
      var process = try program.start(["loop"])
      for _ in 0..<Int.random(in: 1...3) {
        usleep(UInt32(Double.random(in: 0...seconds) * 1e6))
        kill(process, signal)
        let status = program.wait(process)
        if status == 0 { break }
        kills += 1
        process = try program.start(["loop", signal == SIGKILL ? "--format=json" : "--resume"])
        // One that was cut before it had a record has nothing to resume.
        if signal == SIGTERM, try isUnknown(program) {
          _ = program.wait(process)
          process = try program.start(["loop"])
        }
      }
      cut += kills
      let status = program.wait(process)
      let state = try program.state()
      let ledger = try Ledger(path: state.ledger)
      let finished = try ledger.latestLoop(checkout: program.project)
      let loop = try #require(finished, "round \(round): \(program.text("output").suffix(3000))")
      #expect(status == 0 || kills == 0, "round \(round): \(program.text("output").suffix(3000))")
      let told = try ScriptedLoop.story(ledger, loop: loop.id, store: ObjectStore(root: state.path))
      #expect(told == story, "round \(round), cut \(kills) times")
      try checkSpending(ledger, loop: loop.id, round: round, parallel: parallel)
      if case .broken(let fault) = try ledger.verifyChain(loop: loop.id) { Issue.record("round \(round): \(fault)") }
      #expect(Leftovers.of(program.home, state: state.path) == [], "round \(round)")
      try? TreeRemoval.removeTree(program.home)
    }
    #expect(cut > 0)
    #expect(Leftovers.cgroups(of: program.started) == [])
  }

  /// What was spent never becomes less, and is at least what the tries that came to a verdict took, so many at a time.
  private func checkSpending(_ ledger: Ledger, loop: Int64, round: Int, parallel: Int) throws {
    var seen: [(position: Int, spent: Double)] = []
    var seconds = 0.0
    try ledger.eachIteration(loop: loop) { row in
      guard let result = row.result, let position = row.position else { return }
      seen.append((position, result.standing.spent))
      seconds += result.seconds
    }
    for event in try ledger.events(loop: loop) {
      if let spent = event.spent, let position = event.position { seen.append((position, spent)) }
    }
    let spent = seen.sorted { $0.position < $1.position }.map(\.spent)
    #expect(spent == spent.sorted(), "round \(round)")
    #expect(spent.last ?? 0 >= seconds / Double(parallel), "round \(round)")
  }

  /// Whether the process that was cut short had not come to record a loop.
  private func isUnknown(_ program: Program) throws -> Bool {
    try Ledger(path: program.state().ledger).latestLoop(checkout: program.project) == nil
  }

  private func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}
