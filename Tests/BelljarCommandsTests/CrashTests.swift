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

  @Test(
    "by a disk that fills up too",
    .enabled(if: SmallDisk.isThere, "a small disk takes root, and Linux 6.6 for overlays on it"))
  func diskFull() throws {
    let program = try Program(ScriptedLoop.files)
    let disk = try SmallDisk("\(program.place)/disk", size: "32m")
    let (story, seconds) = try undisturbed(program)
    try eachRound(program, Self.rounds, in: disk.path) { round in
      let process = try program.start(["loop"])
      usleep(UInt32(Double.random(in: 0...seconds) * 1e6))
      try disk.fill()
      var status = program.wait(process)
      disk.empty()
      let cut = status != 0
      if cut {
        #expect(status < 128, "round \(round): it was ended by signal \(status - 128)")
        status = program.wait(try program.start(["loop"]))
      }
      try check(program, against: story, status: status, "round \(round)")
      return cut
    }
  }

  private func cutAndResume(_ program: Program, signal: Int32, rounds: Int, parallel: Int = 1) throws {
    let (story, seconds) = try undisturbed(program)
    try eachRound(program, rounds, in: program.place) { round in
      var (kills, status) = (0, Int32(0))
      // Up to three cuts, at any instant from the first start to the end.
      var process = try program.start(["loop"])
      for _ in 0..<Int.random(in: 1...3) {
        usleep(UInt32(Double.random(in: 0...seconds) * 1e6))
        kill(process, signal)
        status = program.wait(process)
        if status == 0 { break }
        kills += 1
        process = try program.start(["loop", signal == SIGKILL ? "--format=json" : "--resume"])
        // One that was cut before it had a record has nothing to resume.
        if signal == SIGTERM, try isUnknown(program) {
          _ = program.wait(process)
          process = try program.start(["loop"])
        }
      }
      if status != 0 { status = program.wait(process) }
      try check(program, against: story, status: status, parallel: parallel, "round \(round), cut \(kills) times")
      return kills > 0
    }
  }

  /// Rounds of a program, each with a home of its own, of which at least one is cut short; then no cgroup is left.
  ///
  /// - Parameter body: Says whether it cut the program short.
  private func eachRound(_ program: Program, _ rounds: Int, in folder: String, _ body: (Int) throws -> Bool) throws {
    var isCut = false
    var round = 0
    // Where there are few, all instants may fall behind the end.
    while round < rounds || (!isCut && round < rounds + 20) {
      program.home = "\(folder)/round-\(round)"
      if try body(round) { isCut = true }
      round += 1
    }
    #expect(isCut)
    #expect(Leftovers.cgroups(of: program.started) == [])
  }

  /// A loop that went on to its end is as the undisturbed one, and nothing is left of it; then its record goes too.
  private func check(
    _ program: Program, against story: [String], status: Int32, parallel: Int = 1, _ what: Comment
  ) throws {
    let state = try program.state()
    let ledger = try Ledger(path: state.ledger)
    let loop = try #require(
      try ledger.latestLoop(checkout: program.project), "\(what): \(program.text("output").suffix(3000))")
    #expect(status == 0, "\(what): \(program.text("output").suffix(3000))")
    #expect(try ScriptedLoop.story(ledger, loop: loop.id, store: ObjectStore(root: state.path)) == story, what)
    try checkSpending(ledger, loop: loop.id, parallel: parallel, what)
    if case .broken(let fault) = try ledger.verifyChain(loop: loop.id) { Issue.record("\(what): \(fault)") }
    #expect(Leftovers.of(program.home, state: state.path) == [], what)
    try? TreeRemoval.removeTree(program.home)
  }

  /// What was spent never becomes less, and is at least what the tries that came to a verdict took, so many at a time.
  private func checkSpending(_ ledger: Ledger, loop: Int64, parallel: Int, _ what: Comment) throws {
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
    #expect(spent == spent.sorted(), what)
    #expect(spent.last ?? 0 >= seconds / Double(parallel), what)
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
