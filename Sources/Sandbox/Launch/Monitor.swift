internal import CSandbox
internal import Glibc

/// Watches one sandbox from outside: pumps its streams, holds its budgets, hears of its end.
final class Monitor {
  private let session: Descriptor
  private let pipes: Pipes
  private let limits: Budget
  private let group: Cgroup?
  private let mode: Sandbox.Output
  private let cancellation: Cancellation?
  private let outputCapture: StreamCapture
  private let errorCapture: StreamCapture
  private let begun = monotonicNow()
  private let disks: [DiskWatch]
  private let doors: Jar.Doors?
  private let rest: SandboxRest?
  private var counter: Descriptor?

  private var outputOpen = true, errorOpen = true
  private var outputBytes = 0
  private var pid: Int32 = -1
  private var pidfd: Int32 = -1
  private var failure: (stage: String, errno: Int32)?
  private(set) var failedOperation = -1
  private var exit: belljar_message?
  private var listener: (any FilterListener)?
  private let makeListener: (Int32) -> any FilterListener
  private var reaped: belljar_message?
  private var hungUp = false
  /// Why we killed it, if we did; the first cause stands.
  private var cause: EndReason?
  private var killedAt: Duration?
  private var graceUntil: Duration?
  private var nextTick: Duration

  /// Budgets that can't wake us are looked at this often: counters of a cgroup, or all processes one by one.
  private let tick: Duration
  /// What is still in a pipe is waited for only this long after everything inside is dead.
  private static let drainLimit = Duration.milliseconds(500)

  init(
    session: Descriptor, pipes: Pipes, limits: Budget, group: Cgroup?, output: Sandbox.Output,
    cancellation: Cancellation?, disks: [DiskWatch], doors: Jar.Doors?, rest: SandboxRest?,
    listener: @escaping (Int32) -> any FilterListener
  ) {
    makeListener = listener
    self.doors = doors
    self.rest = rest
    self.disks = disks
    self.session = session
    self.pipes = pipes
    self.limits = limits
    self.group = group
    self.mode = output
    self.cancellation = cancellation
    let keep =
      switch output {
      case .captured(let most), .watched(let most, _): most
      case .passed, .handed: 0
      }
    outputCapture = StreamCapture(keep: keep)
    errorCapture = StreamCapture(keep: keep)
    tick = .milliseconds(group == nil ? 10 : 25)
    outputOpen = pipes.output >= 0
    errorOpen = pipes.error >= 0
    nextTick = begun + tick
  }

  deinit { if pidfd >= 0 { close(pidfd) } }

  func watch() throws -> Sandbox.Result {
    while reaped == nil, !hungUp { try step() }
    let deadline = monotonicNow() + Self.drainLimit
    while outputOpen || errorOpen, monotonicNow() < deadline {
      var entries = [
        pollfd(fd: outputOpen ? pipes.output : -1, events: Int16(POLLIN), revents: 0),
        pollfd(fd: errorOpen ? pipes.error : -1, events: Int16(POLLIN), revents: 0),
      ]
      guard poll(&entries, 2, 10) > 0 else { continue }
      if entries[0].revents != 0 { drain(pipes.output, isOutput: true) }
      if entries[1].revents != 0 { drain(pipes.error, isOutput: false) }
    }
    return Sandbox.Result(
      outcome: try conclude(), output: outputCapture.finish(), error: errorCapture.finish())
  }

  private func step() throws {
    var entries = [
      pollfd(fd: session.number, events: Int16(POLLIN), revents: 0),
      pollfd(fd: outputOpen ? pipes.output : -1, events: Int16(POLLIN), revents: 0),
      pollfd(fd: errorOpen ? pipes.error : -1, events: Int16(POLLIN), revents: 0),
      pollfd(fd: pipes.wantsToWrite ? pipes.input ?? -1 : -1, events: Int16(POLLOUT), revents: 0),
      pollfd(fd: pipes.wantsToRead ? pipes.source ?? -1 : -1, events: Int16(POLLIN), revents: 0),
      pollfd(fd: cause == nil ? cancellation?.descriptor ?? -1 : -1, events: Int16(POLLIN), revents: 0),
      pollfd(fd: listener?.descriptor ?? -1, events: Int16(POLLIN), revents: 0),
    ]
    let ready = poll(&entries, nfds_t(entries.count), timeout())
    if ready < 0, errno != EINTR { throw SandboxError("poll", "sandbox", errno: errno) }
    if ready > 0 {
      // First, as it is also heard while output is passed on: a message that is gone then would be waited for.
      if entries[0].revents != 0 { hear() }
      if entries[1].revents != 0 { drain(pipes.output, isOutput: true) }
      if entries[2].revents != 0 { drain(pipes.error, isOutput: false) }
      if entries[3].revents != 0 { pipes.write() }
      if entries[4].revents != 0 { pipes.pump() }
      if entries[5].revents != 0 { end(.cancelled) }
      if entries[6].revents & Int16(POLLIN) != 0 {
        listener?.answer()
      } else if entries[6].revents != 0 {
        // Everyone under the filter is gone.
        listener?.end()
      }
    }
    holdBudgets()
  }

  /// Stands still while the sandbox rests, as it does while the machine is suspended.
  private func now() -> Duration { monotonicNow() - (rest?.total ?? .zero) }

  private func timeout() -> Int32 {
    if killedAt == nil, rest?.isResting == true { return Int32(SandboxRest.look.nanoseconds / 1_000_000) }
    let now = self.now()
    var next = now + .seconds(3600)
    if killedAt == nil, let wall = limits.wall { next = min(next, graceUntil ?? begun + wall) }
    if needsTick { next = min(next, nextTick) }
    return Int32(clamping: max(0, (next - now).nanoseconds + 999_999) / 1_000_000)
  }

  private var needsTick: Bool {
    killedAt == nil && (rest != nil || holdsAtTicks)
  }

  private var holdsAtTicks: Bool {
    limits.holdsProcesses || !disks.isEmpty || pipes.hasTerminal
  }

  private func holdBudgets() {
    guard killedAt == nil, reaped == nil else { return }
    if rest?.isResting == true {
      rest?.look(pidfd)
      // Who rests uses nothing up.
      if let rest, rest.isResting, rest.keepsStill(pidfd, used: processorTime) { return }
    }
    let now = self.now()
    if let wall = limits.wall, now >= (graceUntil ?? begun + wall) {
      if graceUntil == nil, let grace = limits.grace, pidfd >= 0 {
        cause = cause ?? .wallBudget
        graceUntil = now + grace
        belljar_pidfd_signal(pidfd, SIGTERM)
      } else {
        end(.wallBudget)
      }
    }
    guard needsTick, now >= nextTick else { return }
    nextTick = now + (holdsAtTicks ? tick : SandboxRest.look)
    rest?.look(pidfd)
    pipes.refresh()
    if let group {
      if group.memoryKills > 0 { end(.memoryBudget) }
      if group.refusedForks > 0 { end(.processBudget) }
    }
    if disks.contains(where: { $0.isOver(below: pid) }) { end(.diskBudget) }
    var counted: Duration?
    if let cpu = limits.cpu {
      counted = group?.processorTime
      if let counted, counted > cpu { end(.cpuBudget) }
    }
    guard pid > 0, group == nil ? limits.holdsProcesses : limits.cpu != nil && counted == nil else { return }
    let tree = ProcessTree(below: pid)
    if let cpu = limits.cpu, counted == nil, tree.cpu > cpu { end(.cpuBudget) }
    guard group == nil else { return }
    if let most = limits.processes, tree.tasks - 1 > most { end(.processBudget) }
    if let most = limits.memory, tree.resident > most, tree.proportional > most {
      end(.memoryBudget)
    }
  }

  /// What everything inside has used of the processors so far.
  private var processorTime: Duration {
    group?.processorTime ?? (pid > 0 ? ProcessTree(below: pid).cpu : .zero)
  }

  /// Kills everything inside, for a reason; the first reason stands.
  private func end(_ reason: EndReason) {
    cause = cause ?? reason
    guard killedAt == nil else { return }
    // Before the launcher has said who it is there is nothing to kill yet; the next round tries again.
    guard pidfd >= 0 else { return }
    killedAt = now()
    belljar_pidfd_signal(pidfd, SIGKILL)
  }

  private func hear() {
    var message = belljar_message()
    var attached: Int32 = -1
    let got = belljar_receive(session.number, &message, &attached)
    guard got > 0 else {
      hungUp = true
      return
    }
    switch message.kind {
    case UInt32(BELLJAR_STARTED.rawValue):
      pid = message.value
      pidfd = attached
      if let cause { end(cause) }
    case UInt32(BELLJAR_RUNNING.rawValue): if attached >= 0 { listener = makeListener(attached) }
    case UInt32(BELLJAR_LISTENING.rawValue):
      guard attached >= 0 else { break }
      if let doors { doors.serve(UInt16(truncatingIfNeeded: message.value), attached) } else { close(attached) }
    case UInt32(BELLJAR_FAILED.rawValue):
      failure = (String(cString: belljar_stage_name(message.value)), message.detail)
      failedOperation = Int(message.extra)
    case UInt32(BELLJAR_STOPPED.rawValue): rest?.stopped()
    case UInt32(BELLJAR_COUNTING.rawValue): if attached >= 0 { counter = Descriptor(attached) }
    case UInt32(BELLJAR_EXITED.rawValue):
      exit = message
      rest?.end()
    case UInt32(BELLJAR_REAPED.rawValue): reaped = message
    default: break
    }
  }

  private func drain(_ fd: Int32, isOutput: Bool) {
    let size = 65536
    withUnsafeTemporaryAllocation(byteCount: size, alignment: 16) { buffer in
      let got = retrying { read(fd, buffer.baseAddress, size) }
      if got < 0, errno == EAGAIN { return }
      guard got > 0 else {
        if isOutput { outputOpen = false } else { errorOpen = false }
        return
      }
      outputBytes += got
      let over = limits.output.map { outputBytes - $0 } ?? 0
      let piece = UnsafeRawBufferPointer(rebasing: buffer[0..<max(0, got - max(0, over))])
      switch mode {
      case .captured: (isOutput ? outputCapture : errorCapture).take(piece)
      case .passed(let output, let error): pass(piece, to: isOutput ? output : error)
      case .handed(let take): take(isOutput ? .output : .error, piece)
      case .watched(_, let take):
        (isOutput ? outputCapture : errorCapture).take(piece)
        take(isOutput ? .output : .error, piece)
      }
      if over > 0 { end(.outputBudget) }
    }
  }

  /// Writes to the caller's stream. A reader that is slow holds the program up, but not its budgets, nor who wants it ended.
  private func pass(_ piece: UnsafeRawBufferPointer, to fd: Int32) {
    var done = 0
    while done < piece.count {
      var entries = [
        pollfd(fd: fd, events: Int16(POLLOUT), revents: 0),
        pollfd(fd: cause == nil ? cancellation?.descriptor ?? -1 : -1, events: Int16(POLLIN), revents: 0),
        pollfd(fd: reaped == nil && !hungUp ? session.number : -1, events: Int16(POLLIN), revents: 0),
      ]
      let ready = poll(&entries, 3, Int32(tick.nanoseconds / 1_000_000))
      if ready > 0, entries[1].revents != 0 { end(.cancelled) }
      if ready > 0, entries[2].revents != 0 { hear() }
      holdBudgets()
      // What is dead has said what it had to; its reader may never read it.
      if let killedAt, entries[0].revents == 0, now() - killedAt > Self.drainLimit { return }
      guard ready > 0, entries[0].revents != 0 else { continue }
      // A pipe that can be written to has room for so much (pipe(7)), so that this doesn't block.
      let count = min(piece.count - done, Int(PIPE_BUF))
      let written = retrying { belljar_write_quietly(fd, piece.baseAddress?.advanced(by: done), count) }
      if written < 0, errno == EAGAIN { continue }
      // A reader that has gone away ends the run, as SIGPIPE would.
      guard written > 0 else { return end(.cancelled) }
      done += written
    }
  }

  private func conclude() throws -> Outcome {
    var outcome = Outcome(reason: .exited(0))
    rest?.end()
    outcome.rested = rest?.total ?? .zero
    outcome.limitedBy = group == nil ? "polled" : Cgroups.shared?.label ?? "polled"
    outcome.outputBytes = outputBytes
    var counted: UInt64 = 0
    if let counter, belljar_read_counter(counter.number, &counted) == 0 { outcome.counted = counted }
    outcome.denied = (listener as? Denials)?.calls ?? []
    if let usage = exit ?? reaped {
      outcome.user = .microseconds(max(usage.user_us, reaped?.user_us ?? 0))
      outcome.system = .microseconds(max(usage.system_us, reaped?.system_us ?? 0))
      outcome.peakMemory = Int(usage.peak_kb) * 1024
    }
    if let peak = group?.peak { outcome.peakMemory = peak }
    if let reaped, let total = group?.processorTime {
      // What init and launcher know of is in `reaped`; the rest had ignored SIGCHLD, so that nobody was told.
      let unwaited = total - .microseconds(reaped.user_us + reaped.system_us)
      if unwaited > .milliseconds(1) { outcome.user += unwaited }
    }
    if let exit {
      outcome.wall = max(.zero, .nanoseconds(exit.wall_ns) - outcome.rested)
      outcome.leftOver = Int(exit.detail)
    } else {
      outcome.wall = (killedAt ?? now()) - begun
    }
    // Both are read after everything inside is dead, also where they decide nothing: the folder's next use counts from here.
    let kills = group?.memoryKills ?? 0
    let refusals = group?.refusedForks ?? 0
    if let failure {
      outcome.reason = .notStarted(stage: failure.stage, errno: failure.errno, advice: "")
    } else if kills > 0 {
      outcome.reason = .memoryBudget
    } else if let cause {
      outcome.reason = cause
    } else if refusals > 0 {
      outcome.reason = .processBudget
    } else if disks.contains(where: { $0.isOver(below: -1) }) {
      // Written between the last look and the end.
      outcome.reason = .diskBudget
    } else if let cpu = limits.cpu, outcome.user + outcome.system > cpu {
      outcome.reason = .cpuBudget
    } else if let exit {
      outcome.reason = exit.extra > 0 && exit.value != 0 ? .diskBudget : Self.reason(ofStatus: exit.value)
    } else {
      throw SandboxError("watch", "sandbox", "its init ended without a report; the run does not count")
    }
    return outcome
  }

  /// A wait status (wait(2)) as a reason.
  private static func reason(ofStatus status: Int32) -> EndReason {
    let signal = status & 0x7f
    if signal == 0 { return .exited((status >> 8) & 0xff) }
    if signal == SIGXFSZ { return .diskBudget }
    if signal == SIGSYS { return .deniedCall("of a foreign architecture") }
    return .signaled(signal)
  }
}
