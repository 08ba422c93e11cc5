import Comparison
import Glibc
import Sandbox
import Testing
import Workspace

@Suite("The measurement lock", .serialized) struct MeasurementLockTests {
  /// A folder that goes with its owner.
  final class Place {
    let folder: String

    init() throws {
      var template = Array("/tmp/belljar-lock-XXXXXX".utf8CString)
      guard mkdtemp(&template) != nil else { throw SandboxError("make", "a test folder", "mkdtemp") }
      folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { try? TreeRemoval.removeTree(folder) }

    var file: String { "\(folder)/lock" }

    func lock(_ cancellation: Cancellation = Cancellation()) throws -> MeasurementLock {
      try MeasurementLock(places: [file], cancellation: cancellation)
    }
  }

  @Test("a second measurement waits until the first has ended, and says for whom")
  func waits() throws {
    let place = try Place()
    let lock = try place.lock()
    var told: [String] = []
    lock.waiting = { told.append($0) }
    let holder = try LockHolder(place.file, seconds: 1.6)
    try lock.acquire()
    lock.release()
    #expect(told == ["process \(holder.process) is measuring"])
    #expect(lock.waited > 1)
  }

  @Test("a killed holder holds it no more")
  func killed() throws {
    let place = try Place()
    let lock = try place.lock()
    let holder = try LockHolder(place.file, seconds: 60)
    holder.kill()
    try lock.acquire()
    #expect(lock.waited < 1)
  }

  @Test("whoever waits can be cancelled")
  func cancelled() throws {
    let place = try Place()
    let first = try place.lock()
    try first.acquire()
    let cancellation = Cancellation()
    let second = try place.lock(cancellation)
    cancellation.cancel()
    #expect(throws: MeasurementCancelled.self) { try second.acquire() }
  }

  @Test("others are told from the first turn to the release, between turns too")
  func announces() throws {
    let place = try Place()
    let measuring = MeasurementNotice(folders: [place.folder])
    let lock = try MeasurementLock(places: [place.file], notice: measuring, cancellation: Cancellation())
    let other = MeasurementNotice(folders: [place.folder])
    #expect(!other.isAnnounced)
    try lock.acquire()
    #expect(other.isAnnounced)
    lock.giveTurn()
    #expect(other.isAnnounced)
    try lock.acquire()
    lock.release()
    #expect(!other.isAnnounced)
    #expect(lock.turnsBesideOthers == 0)
  }

  @Test("sandboxes that don't rest are waited for only a little, once, and it is said")
  func stubborn() async throws {
    let place = try Place()
    let never = MeasurementNotice(folders: [place.folder], pattern: RestPattern(longest: .zero))
    let jar = Jar(
      policy: try Policy.builtIn("strict"), arguments: ["/bin/sleep", "2"], budget: Budget(wall: .seconds(10)))
    let sandbox = try Sandbox(restingFor: never)
    let run = Task { try await sandbox.run(jar) }
    let measuring = MeasurementNotice(folders: [place.folder])
    while !measuring.othersWork { try await Task.sleep(for: .milliseconds(2)) }
    let lock = try MeasurementLock(places: [place.file], notice: measuring, cancellation: Cancellation())
    try lock.acquire()
    #expect(lock.waited >= 0.19)
    #expect(lock.waited < 0.6)
    lock.giveTurn()
    let before = lock.waited
    try lock.acquire()
    #expect(lock.waited - before < 0.1)
    lock.release()
    #expect(lock.turnsBesideOthers == 2)
    let conditions = MachineWatch().conditions(lock)
    #expect(conditions.metrics["machine_turns_beside_others"] == 2)
    #expect(conditions.warnings.contains { $0.contains("2 turns") })
    #expect(try await run.value.outcome.succeeded)
  }

  @Test("every user can open the file, whatever the umask, and none can change it")
  func mode() throws {
    let place = try Place()
    let old = umask(0o077)
    defer { umask(old) }
    _ = try place.lock()
    var about = stat()
    #expect(stat(place.file, &about) == 0)
    #expect(about.st_mode & 0o777 == 0o444)
  }

  @Test("a link, a pipe or a folder in the file's place is refused, and the next place taken")
  func hostilePlaces() throws {
    let place = try Place()
    symlink("/etc/passwd", "\(place.folder)/link")
    mkfifo("\(place.folder)/pipe", 0o666)
    let bad = ["link", "pipe", ".", "missing/lock"].map { "\(place.folder)/\($0)" }
    for path in bad {
      #expect(throws: SandboxError.self) { try MeasurementLock(places: [path], cancellation: Cancellation()) }
    }
    let lock = try MeasurementLock(places: bad + [place.file], cancellation: Cancellation())
    #expect(lock.path == place.file)
  }
}

/// Another process that holds a lock file: `flock -F`, which becomes the sleep itself.
final class LockHolder {
  let process: pid_t

  init(_ path: String, seconds: Double) throws {
    var child: pid_t = 0
    let words = ["flock", "-F", path, "sleep", "\(seconds)"]
    var vector = words.map { strdup($0) } + [nil]
    defer { for word in vector { free(word) } }
    guard posix_spawnp(&child, "flock", nil, nil, &vector, environ) == 0 else {
      throw SandboxError("start", "flock", "install util-linux")
    }
    process = child
    // Until it has the lock.
    let fd = open(path, O_RDONLY | O_CLOEXEC)
    defer { close(fd) }
    for _ in 0..<5000 {
      if flock(fd, LOCK_SH | LOCK_NB) != 0 { return }
      flock(fd, LOCK_UN)
      usleep(1000)
    }
    throw SandboxError("wait for", "flock", "it never held \(path)")
  }

  func kill() {
    Glibc.kill(process, SIGKILL)
  }

  deinit {
    kill()
    waitpid(process, nil, 0)
  }
}
