import Glibc
import Sandbox
import Synchronization
import Testing

@Suite("Rest while another process measures", .serialized) struct RestTests {
  /// A folder for the files of notices. Two notices lock through open files of their own, as two processes do.
  final class Place {
    let folder: String

    init() throws {
      var template = Array("/tmp/belljar-rest-XXXXXX".utf8CString)
      guard mkdtemp(&template) != nil else { throw SandboxError("make", "a test folder", "mkdtemp") }
      folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
      for name in folderNames(folder) ?? [] { unlink("\(folder)/\(name)") }
      rmdir(folder)
    }

    var file: String { "\(folder)/belljar-measurement-\(geteuid())" }

    func notice(_ pattern: RestPattern = RestPattern()) -> MeasurementNotice {
      MeasurementNotice(folders: [folder], pattern: pattern)
    }
  }

  /// Counts what a program prints without end.
  final class Lines: Sendable {
    private let count = Atomic(0)
    var now: Int { count.load(ordering: .relaxed) }

    var output: Sandbox.Output {
      .handed { [self] _, piece in count.add(piece.count, ordering: .relaxed) }
    }

    /// What came within some time, once what was under way has come.
    func gained(in time: Duration) async throws -> Int {
      try await Task.sleep(for: .milliseconds(50))
      let before = now
      try await Task.sleep(for: time)
      return now - before
    }
  }

  private static let endless = "(while :; do :; done) & while :; do echo x; done"

  /// Blocks: what is timed is not to wait for a thread of the pool, which other tests may hold.
  private func othersRest(_ notice: MeasurementNotice, within limit: Duration = .seconds(2)) -> Duration? {
    let began = monotonicNow()
    while notice.othersWork {
      if monotonicNow() - began > limit { return nil }
      usleep(2000)
    }
    return monotonicNow() - began
  }

  @Test("what runs is stopped with all its processes, goes on afterwards, and has its whole wall budget")
  func stopped() async throws {
    let place = try Place()
    let measuring = place.notice()
    let sandbox = try Sandbox(restingFor: place.notice())
    let lines = Lines()
    // Long enough for this task to be heard of in time beside tests that keep all threads.
    let jar = try Jars.shell(Self.endless, budget: Budget(wall: .milliseconds(4000 * slowness)))
    let began = monotonicNow()
    async let run = sandbox.run(jar, output: lines.output)
    while lines.now == 0 { try await Task.sleep(for: .milliseconds(5)) }
    #expect(measuring.othersWork)
    #expect(measuring.announce())
    let wait = try #require(othersRest(measuring))
    #expect(wait < .milliseconds(200 * slowness))
    #expect(try await lines.gained(in: .seconds(2)) == 0)
    measuring.withdraw()
    #expect(try await lines.gained(in: .milliseconds(200)) > 0)
    let outcome = try await run.outcome
    let took = monotonicNow() - began
    #expect(outcome.reason == .wallBudget)
    #expect(outcome.rested > .milliseconds(1900))
    #expect(outcome.wall >= .milliseconds(3990 * slowness))
    #expect(outcome.wall < .milliseconds(4500 * slowness))
    #expect(took >= outcome.wall + outcome.rested - .milliseconds(20))
    #expect(!measuring.othersWork)
  }

  @Test("processor time stands still while it rests, and counts no further")
  func processorTime() async throws {
    let place = try Place()
    let measuring = place.notice()
    let sandbox = try Sandbox(restingFor: place.notice())
    let budget = Budget(wall: .milliseconds(600 * slowness))
    async let run = sandbox.run(try Jars.shell("while :; do :; done", budget: budget))
    try await Task.sleep(for: .milliseconds(200))
    #expect(measuring.announce())
    try await Task.sleep(for: .seconds(2))
    measuring.withdraw()
    let outcome = try await run.outcome
    #expect(outcome.reason == .wallBudget)
    // Of the 2.6 seconds that it was there, it could use 0.6, and what it took to be stopped.
    #expect(outcome.user + outcome.system <= outcome.wall + .milliseconds(250))
    #expect(outcome.wall < .milliseconds(1100 * slowness))
  }

  @Test("a resting sandbox that is cancelled ends at once, and nothing is left")
  func cancelled() async throws {
    let place = try Place()
    let measuring = place.notice()
    let sandbox = try Sandbox(restingFor: place.notice())
    let cancellation = Cancellation()
    let lines = Lines()
    let jar = try Jars.shell(Self.endless)
    // The overload that blocks.
    let run = Task.detached { () throws -> Sandbox.Result in
      try sandbox.run(jar, output: lines.output, cancellation: cancellation)
    }
    while lines.now == 0 { try await Task.sleep(for: .milliseconds(5)) }
    #expect(measuring.announce())
    _ = try #require(othersRest(measuring))
    let began = monotonicNow()
    cancellation.cancel()
    #expect(try await run.value.outcome.reason == .cancelled)
    #expect(monotonicNow() - began < .seconds(1))
    measuring.withdraw()
  }

  @Test("a launch waits while another measures; the time counts as rest")
  func launch() async throws {
    let place = try Place()
    let measuring = place.notice()
    let notice = place.notice()
    let sandbox = try Sandbox(restingFor: notice)
    #expect(measuring.announce())
    let began = monotonicNow()
    async let run = sandbox.run(try Jars.shell("true", budget: Budget(wall: .seconds(5))))
    try await Task.sleep(for: .milliseconds(400))
    measuring.withdraw()
    let outcome = try await run.outcome
    #expect(outcome.succeeded)
    #expect(monotonicNow() - began > .milliseconds(390))
    #expect(outcome.wall < .milliseconds(300 * slowness))
    #expect(notice.rested > .milliseconds(300))
  }

  @Test("who measures doesn't rest, though another measures too")
  func both() async throws {
    let place = try Place()
    let other = place.notice()
    let own = place.notice()
    #expect(other.announce())
    #expect(own.announce())
    let began = monotonicNow()
    #expect(try await Sandbox(restingFor: own).run(try Jars.shell("true")).outcome.succeeded)
    #expect(monotonicNow() - began < .seconds(2))
    own.withdraw()
    other.withdraw()
  }

  @Test("at a stretch it rests only so long, and not for ever where a measurement hangs")
  func bounded() async throws {
    let usual = RestPattern()
    #expect(usual.rests(after: .zero))
    #expect(usual.rests(after: .milliseconds(19_999)))
    #expect(!usual.rests(after: .milliseconds(20_050)))
    #expect(usual.rests(after: .milliseconds(20_150)))
    #expect(!usual.rests(after: .seconds(900)))
    let place = try Place()
    let measuring = place.notice()
    let pattern = RestPattern(stretch: .milliseconds(300), pause: .milliseconds(200), longest: .milliseconds(900))
    let sandbox = try Sandbox(restingFor: place.notice(pattern))
    let jar = try Jars.shell("sleep 0.2; echo done", budget: Budget(wall: .seconds(5)))
    async let run = sandbox.run(jar)
    try await Task.sleep(for: .milliseconds(50))
    #expect(measuring.announce())
    // It is never withdrawn.
    let result = try await run
    #expect(result.output.text == "done\n")
    #expect(result.outcome.rested < .seconds(2))
  }

  @Test("nothing inside can stop the others or let them go on")
  func inside() throws {
    let place = try Place()
    let script = "kill -TSTP 1; kill -CONT 1; kill -TERM 1; sleep 0.1; echo on"
    let result = try Sandbox(restingFor: place.notice()).run(try Jars.shell(script))
    #expect(result.output.text == "on\n")
  }

  @Test("a link, a pipe or a second name in the file's place is not used")
  func hostileFiles() throws {
    let place = try Place()
    symlink("/etc/passwd", place.file)
    #expect(!place.notice().announce())
    unlink(place.file)
    mkfifo(place.file, 0o666)
    #expect(!place.notice().announce())
    unlink(place.file)
    let notice = place.notice()
    #expect(notice.announce())
    notice.withdraw()
    link(place.file, "\(place.folder)/second")
    #expect(!place.notice().announce())
  }

  @Test("only its owner can write the file, and root's alone can be read by others")
  func mode() throws {
    let place = try Place()
    let old = umask(0)
    defer { umask(old) }
    _ = place.notice()
    var about = stat()
    #expect(stat(place.file, &about) == 0)
    #expect(about.st_mode & 0o777 == (geteuid() == 0 ? 0o644 : 0o600))
  }

  @Test("root doesn't use a file that is another user's", .enabled(if: geteuid() == 0))
  func foreign() throws {
    let place = try Place()
    _ = place.notice()
    chown(place.file, 4711, 4711)
    #expect(!place.notice().announce())
  }
}
