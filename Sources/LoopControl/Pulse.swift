internal import CLinux
internal import Glibc
internal import Harness
internal import Sandbox

/// A running loop's sign of life: what it has spent, written to a file twice a second by a thread of its own, so that a kill
/// gives no time back. The same thread listens for the requests of other terminals.
///
/// It is written without fsync: it has to outlive the process, not the machine. After a power cut what the ledger says counts.
final class Pulse {
  /// How often it beats: what a resumed loop is charged for the time that nobody could note.
  static let interval = 0.5

  private let beat: Beat
  private let thread: JoinedThread
  private let wake: (read: Int32, write: Int32)

  /// Begins to beat.
  init(folder: String, loop: Int64, clock: SpentClock, cancellation: Cancellation) throws {
    let path = Self.path(folder)
    let file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard file >= 0 else { throw SandboxError("write", path, errno: errno) }
    var pair: [Int32] = [-1, -1]
    guard linux_pipe(&pair) == 0 else {
      let number = errno
      close(file)
      throw SandboxError("make a pipe for", path, errno: number)
    }
    wake = (pair[0], pair[1])
    beat = Beat(
      file: file, wake: pair[0], loop: loop, clock: clock, requests: LoopRequests(folder: folder),
      cancellation: cancellation)
    beat.write()
    do { thread = try JoinedThread { [beat] in beat.run() } } catch {
      throw SandboxError("start a thread for", path, errno: error.errorNumber)
    }
  }

  deinit {
    close(wake.write)
    thread.join()
    close(wake.read)
  }

  /// What a loop had spent when it last gave a sign; nil where the last sign is another loop's.
  static func spent(folder: String, loop: Int64) -> Double? {
    let file = open(path(folder), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: Beat.length)
    guard pread(file, &bytes, bytes.count, 0) == bytes.count else { return nil }
    guard bytes.last == UInt8(ascii: "\n") else { return nil }
    let fields = String(decoding: bytes.dropLast(), as: UTF8.self).split(separator: " ")
    guard fields.count == 2, Int64(fields[0]) == loop else { return nil }
    return Double(fields[1]).flatMap { $0.isFinite && $0 >= 0 ? $0 : nil }
  }

  private static func path(_ folder: String) -> String { "\(folder)/pulse" }
}

/// What the thread works with.
private final class Beat: Sendable {
  /// Bytes of a sign of life: always as many, so that a shorter one leaves nothing of a longer one behind.
  static let length = 64

  private let file: Int32
  private let wake: Int32
  private let loop: Int64
  private let clock: SpentClock
  private let requests: LoopRequests
  private let cancellation: Cancellation

  init(file: Int32, wake: Int32, loop: Int64, clock: SpentClock, requests: LoopRequests, cancellation: Cancellation) {
    self.file = file
    self.wake = wake
    self.loop = loop
    self.clock = clock
    self.requests = requests
    self.cancellation = cancellation
  }

  deinit { close(file) }

  func run() {
    var entry = pollfd(fd: wake, events: Int16(POLLIN), revents: 0)
    while poll(&entry, 1, Int32(Pulse.interval * 1000)) <= 0 {
      write()
      if requests.current == .cancel { cancellation.cancel() }
    }
    write()
  }

  func write() {
    var bytes = Array("\(loop) \(clock.seconds)".utf8)
    bytes += [UInt8](repeating: UInt8(ascii: " "), count: max(0, Self.length - 1 - bytes.count)) + Array("\n".utf8)
    // A full disk can't keep the loop from going on: the ledger will say so.
    _ = pwrite(file, bytes, bytes.count, 0)
  }
}
