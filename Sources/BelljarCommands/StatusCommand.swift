internal import ArgumentParser
internal import Harness
internal import Ledger
internal import LoopControl
internal import Reporting
internal import Sandbox

/// `belljar status`: how a loop stands, from any terminal.
struct StatusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Show how a loop stands, also while it runs.")
  @OptionGroup var loop: LoopOptions
  @Option(help: "text or json.") var format: OutputFormat = .text

  func run() throws {
    do {
      let recorded = try RecordedLoop(loop)
      let status = try LoopStatus(recorded.loop, ledger: recorded.ledger, folder: recorded.state.path)
      if format == .json { return print(StatusText.json(status).text) }
      print(StatusText.lines(status))
    } catch { Exit.failure("belljar status: \(error)", code: 125) }
  }
}

/// `belljar pause`: the running loop waits when the try under way has its verdict.
struct PauseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pause", abstract: "Let the running loop wait after the try under way.",
    discussion: "No budget runs while it waits. `belljar resume` lets it go on.")
  @OptionGroup var harness: HarnessOptions

  func run() throws {
    do {
      let running = try RunningLoop(harness)
      try running.requests.make(.pause)
      print("loop \(running.loop.id) pauses when the try under way has its verdict")
    } catch { Exit.failure("belljar pause: \(error)", code: 1) }
  }
}

/// `belljar cancel`: ends the running loop now.
struct CancelCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cancel", abstract: "End the running loop now.",
    discussion: "The try under way is cut short and counts for nothing; `belljar resume` goes on with the loop later.")
  @OptionGroup var harness: HarnessOptions

  func run() throws {
    do {
      let running = try RunningLoop(harness)
      try running.requests.make(.cancel)
      guard try running.waitForEnd(seconds: 30) else {
        Exit.failure(
          "belljar cancel: asked, but loop \(running.loop.id) still runs after 30 s; `belljar status`", code: 1)
      }
      print("loop \(running.loop.id) is cancelled; `belljar resume` goes on with it")
    } catch { Exit.failure("belljar cancel: \(error)", code: 1) }
  }
}

/// `belljar resume`: goes on with a loop that waits, or that was cut short.
struct ResumeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "resume", abstract: "Go on with a loop that was paused, cancelled or killed.",
    discussion: """
      A loop that waits goes on in its own process. One that was cut short goes on here, or with --detach in the background:
      from its record, with its harness and its budgets as spent. Exit codes as `belljar loop`.
      """)
  @OptionGroup var loop: LoopOptions
  @Option(help: "text, or json: one object a line.") var format: OutputFormat = .text
  @OptionGroup var share: MachineShareOptions
  @Flag(help: "Run in the background, under a supervisor that outlives this terminal.") var detach = false
  @Flag(help: .hidden) var supervised = false

  func run() throws {
    let recorded: RecordedLoop
    do {
      recorded = try RecordedLoop(loop)
      if LoopLock.holder(recorded.state.path) != nil {
        return try goOn(with: RunningLoop(loop.harness), named: loop.loop == nil ? nil : recorded.loop)
      }
    } catch { Exit.failure("belljar resume: \(error)", code: 125) }
    if detach || supervised {
      Detached.run(root: recorded.loop.start.checkout, loop: recorded.loop.id, isSupervisor: supervised)
    }
    let request = LoopRequest(root: recorded.loop.start.checkout, share: share, choice: .resume(recorded.loop))
    Exit.now(request.run(LoopDisplay(format: format)))
  }

  /// Lets a loop that waits in its own process go on.
  private func goOn(with running: RunningLoop, named: LoopRecord?) throws {
    let name = "loop \(running.loop.id)"
    if let named, named.id != running.loop.id {
      throw SandboxError("go on with", "loop \(named.id)", "\(name) runs on this checkout; `belljar cancel` ends it")
    }
    guard running.requests.current != .cancel else {
      throw SandboxError(
        "go on with", name, "it is being cancelled; `belljar resume` goes on with it when it has ended")
    }
    try running.requests.takeBack(.pause)
    print("\(name) goes on")
  }
}
