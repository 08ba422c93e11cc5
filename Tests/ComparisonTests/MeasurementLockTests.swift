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
