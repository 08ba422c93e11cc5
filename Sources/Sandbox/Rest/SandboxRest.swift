internal import CSandbox
internal import Glibc

/// The rests of one sandbox: stopped while another process measures, and the time that this took.
final class SandboxRest {
  private let notice: MeasurementNotice
  private var isWorking = true
  private var since: Duration?
  private var before = Duration.zero
  /// The processor time that was used when it was last looked at; nil until it has been stopped.
  private var used: Duration?
  /// Whether its init has said that everything is stopped.
  private var isStopped = false
  /// Whether it has worked while it was to rest.
  private var isDoubted = false
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
      beginWork()
      finish()
      belljar_pidfd_signal(process, SIGCONT)
    } else if belljar_pidfd_signal(process, SIGTSTP) == 0 {
      since = monotonicNow()
      notice.beginRest()
    }
  }

  /// Whether nothing inside has worked since the last call; where something has, which a program can bring about for itself with
  /// a timer that sends SIGCONT, that time was no rest, others are told, and everything is stopped once more.
  ///
  /// - Parameter used: The processor time of everything inside so far.
  func keepsStill(_ process: Int32, used: Duration) -> Bool {
    let now = monotonicNow()
    // What is used until the stop has come through is no doubt.
    guard isStopped, let begun = since, now - begun >= Self.look else { return !isDoubted }
    let last = self.used
    self.used = used
    since = now
    if let last {
      let wasDoubted = isDoubted
      isDoubted = used - last > Self.unnoticed
      if wasDoubted, !isDoubted { endWork() }
    }
    guard isDoubted else {
      before += now - begun
      return true
    }
    // Not at once again after a stop: what came of that is seen by the next look.
    if last != nil {
      beginWork()
      isStopped = false
      belljar_pidfd_signal(process, SIGTSTP)
    }
    return false
  }

  /// Processor time between two looks that is no work: the init's own, of stopping the others.
  private static let unnoticed = Duration.milliseconds(2)

  /// The init has stopped everything inside.
  func stopped() {
    guard isResting else { return }
    // From here on it should use nothing.
    (used, isStopped) = (nil, true)
    if !isDoubted { endWork() }
  }

  private func beginWork() {
    if !isWorking { notice.beginWork() }
    isWorking = true
  }

  private func endWork() {
    if isWorking { notice.endWork() }
    isWorking = false
  }

  /// Everything inside is dead.
  func end() {
    finish()
    endWork()
  }

  private func finish() {
    guard let since else { return }
    before += monotonicNow() - since
    self.since = nil
    (used, isStopped, isDoubted) = (nil, false, false)
    notice.endRest()
  }
}
