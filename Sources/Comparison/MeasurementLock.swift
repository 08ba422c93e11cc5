internal import Glibc
package import Sandbox

/// One measurement at a time on a machine, whoever runs it: an flock(2) on a file that every user can open. Meanwhile the sandboxes of
/// one's other Belljar processes rest (`MeasurementNotice`), from the first turn to the release.
///
/// The kernel releases it with the process that holds it, however that ends. A user who holds it for ever can keep others
/// waiting, which a note says, with the process's number; that is no more than a busy loop can do to their measurements.
package final class MeasurementLock {
  package static let places = LockFile.folders.map { "\($0)/belljar-measurement.lock" }

  package var path: String { file.path }
  /// Told once for each wait that takes longer than `patience`: who holds the lock, as far as it can be seen.
  package var waiting: ((String) -> Void)?
  /// How long was waited in all, in seconds.
  package private(set) var waited = 0.0
  /// Turns that began while others' sandboxes went on, which then disturb what is measured.
  package private(set) var turnsBesideOthers = 0
  private let notice: MeasurementNotice
  private var isAnnounced = false
  private let file: LockFile
  private let cancellation: Cancellation
  private static let patience = 1.0
  /// How long a turn waits for others' sandboxes to rest, in seconds.
  private static let restPatience = 0.2

  /// Opens the lock file; makes it where there is none.
  package init(
    places: [String] = MeasurementLock.places, notice: MeasurementNotice = .machine, cancellation: Cancellation
  ) throws {
    self.cancellation = cancellation
    self.notice = notice
    file = try LockFile("open lock", places: places)
  }

  deinit { withdraw() }

  /// Waits for the lock, and then a little for others' sandboxes to rest.
  ///
  /// - Throws: `MeasurementCancelled` where the user asked for the end meanwhile.
  package func acquire() throws {
    let began = MonotonicClock.seconds()
    var told = false
    var pause: useconds_t = 200
    while flock(file.descriptor, LOCK_EX | LOCK_NB) != 0 {
      guard errno == EWOULDBLOCK || errno == EINTR else {
        throw SandboxError("lock", path, errno: errno)
      }
      if cancellation.isCancelled { throw MeasurementCancelled() }
      if !told, MonotonicClock.seconds() - began > Self.patience {
        told = true
        waiting?(holder.map { "process \($0) is measuring" } ?? "another measurement holds \(path)")
      }
      usleep(pause)
      pause = min(pause * 2, 20_000)
    }
    if !isAnnounced { isAnnounced = notice.announce() }
    if !othersRest() { turnsBesideOthers += 1 }
    waited += MonotonicClock.seconds() - began
  }

  /// Waits until no sandbox of others works. Who has let us wait in vain once isn't waited for again.
  private func othersRest() -> Bool {
    guard isAnnounced else { return false }
    let until = MonotonicClock.seconds() + (turnsBesideOthers == 0 ? Self.restPatience : 0)
    while notice.othersWork {
      if MonotonicClock.seconds() >= until || cancellation.isCancelled { return false }
      usleep(1000)
    }
    return true
  }

  /// Lets other measurements have their turn; other work goes on resting.
  package func giveTurn() { flock(file.descriptor, LOCK_UN) }

  /// Ends the measurement.
  package func release() {
    withdraw()
    giveTurn()
  }

  private func withdraw() {
    if isAnnounced { notice.withdraw() }
    isAnnounced = false
  }

  /// The process that holds the lock, from /proc/locks; nil where it can't be seen, such as in another pid namespace.
  private var holder: Int? {
    var about = stat()
    guard fstat(file.descriptor, &about) == 0, let text = readText("/proc/locks") else { return nil }
    for line in text.split(separator: "\n") {
      // 1: FLOCK  ADVISORY  WRITE 4711 00:19:1234 0 EOF
      let fields = line.split(separator: " ")
      guard fields.count > 5, fields[1] == "FLOCK", fields[5].hasSuffix(":\(about.st_ino)") else { continue }
      if let process = Int(fields[4]), process > 0 { return process }
    }
    return nil
  }
}

/// The user asked for the end.
package struct MeasurementCancelled: Error {}
