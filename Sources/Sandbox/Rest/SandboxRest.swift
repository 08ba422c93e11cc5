internal import CSandbox
internal import Glibc

/// The rests of one sandbox: stopped while another process measures, and the time that this took.
final class SandboxRest {
  private let notice: MeasurementNotice
  private var isWorking = true
  private var since: Duration?
  private var before = Duration.zero
  /// How often a resting sandbox looks whether it may go on; less than a pause.
  static let look = Duration.milliseconds(50)

  /// Waits until no other process measures.
  init(_ notice: MeasurementNotice, unless cancellation: Cancellation?) {
    self.notice = notice
    notice.wait(unless: cancellation)
    notice.beginWork()
  }

  deinit { end() }

  var isResting: Bool { since != nil }

  /// The time that it has rested.
  var total: Duration { before + (since.map { monotonicNow() - $0 } ?? .zero) }

  /// Stops the sandbox, or lets it go on, as it is time to.
  ///
  /// - Parameter process: Its init (pidfd), or -1 where that isn't known yet.
  func look(_ process: Int32) {
    guard process >= 0, notice.mustRest != isResting else { return }
    if isResting {
      if !isWorking { notice.beginWork() }
      isWorking = true
      finish()
      belljar_pidfd_signal(process, SIGCONT)
    } else if belljar_pidfd_signal(process, SIGTSTP) == 0 {
      since = monotonicNow()
      notice.beginRest()
    }
  }

  /// The init has stopped everything inside.
  func stopped() {
    guard isResting, isWorking else { return }
    isWorking = false
    notice.endWork()
  }

  /// Everything inside is dead.
  func end() {
    finish()
    if isWorking { notice.endWork() }
    isWorking = false
  }

  private func finish() {
    guard let since else { return }
    before += monotonicNow() - since
    self.since = nil
    notice.endRest()
  }
}
