internal import ArgumentParser
internal import Harness
internal import StrictYAML

/// `belljar loop`: proposes, judges, keeps or discards, until a stop rule ends it.
struct LoopCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "loop", abstract: "Improve the tree in a loop, every try in a sandbox.",
    discussion: """
      With a belljar.yaml: belljar loop [--harness PATH]. Without one:

        belljar loop "fix the parser" --until 'make test' --surface 'src/**' --agent claude --cost '2 USD'
        belljar loop "make it smaller" --score './size.sh' --minimize --surface 'src/**' --agent command --run ./agent.sh

      The checkout is never written; `belljar apply` brings the champion in. Ctrl-C ends the loop cleanly, twice at once.
      A loop that was killed goes on where it was when it is started again; one that was cancelled with --resume.
      Exit codes: 0 improved (or all gates pass), 1 not, 65 a wrong harness file, 125 Belljar failed, 130 cancelled.
      """)
  @OptionGroup var harness: HarnessOptions
  @Argument(help: "What the agent is asked for, without a harness file.") var prompt: String?
  @Option(help: ArgumentHelp("Retry until this command succeeds.", valueName: "cmd")) var until: String?
  @Option(help: ArgumentHelp("Optimize the number that this command prints.", valueName: "cmd")) var score: String?
  @Flag(help: "Less is better.") var minimize = false
  @Flag(help: "More is better.") var maximize = false
  @Option(help: ArgumentHelp("Files that may be changed.", valueName: "glob")) var surface: [String] = []
  @Option(help: "claude, codex, gemini, command, tune or mutate.") var agent: String?
  @Option(name: .customLong("run"), help: ArgumentHelp("The command agent's program.", valueName: "cmd"))
  var agentRun: String?
  @Option(help: ArgumentHelp("The model that the agent asks for, without a harness file.", valueName: "name"))
  var model: String?
  @Option(
    help: ArgumentHelp("What the loop may spend on models, such as '5 USD', without a harness file.", valueName: "usd"))
  var cost: String?
  @Option(help: ArgumentHelp("At most so many tries.", valueName: "n")) var iterations: Int?
  @OptionGroup var share: MachineShareOptions
  @Option(help: ArgumentHelp("Makes the loop reproducible.", valueName: "n")) var seed: Int?
  @Option(help: "text, or json: one object a line.") var format: OutputFormat = .text

  @Flag(help: "Go on with the latest loop, as `belljar resume`.") var resume = false
  @Flag(help: "Begin a new loop, also where the latest was killed and could go on.") var new = false

  @Flag(help: "Run in the background, under a supervisor that outlives this terminal.") var detach = false
  @Flag(help: .hidden) var supervised = false

  func validate() throws {
    if resume, new { throw ValidationError("--resume and --new contradict each other") }
  }

  func run() throws {
    var location = try makeLocation()
    var harness = location.file
    if let iterations { harness.loop.stop.iterations = iterations }
    location = HarnessLocation(file: harness, path: location.path)
    if detach || supervised {
      location.requireTrust()
      Detached.run(root: location.root, isSupervisor: supervised)
    }
    location.warnOfNoise()
    let request = LoopRequest(
      location: location, prompt: prompt, seed: seed, iterations: iterations,
      share: share, choice: resume ? .resume(nil) : new ? .new : .resumeIfKilled)
    Exit.now(request.run(LoopDisplay(format: format)))
  }

  private func makeLocation() throws -> HarnessLocation {
    guard until != nil || score != nil else { return HarnessLocation(harness) }
    do {
      let text = try QuickHarness(
        goal: prompt ?? "", until: until, score: score, maximize: maximize, minimize: minimize, surface: surface,
        agent: agent ?? "command", run: agentRun, model: model, cost: cost
      ).text()
      let path = try HostPath.current() + "/belljar.yaml"
      return HarnessLocation(file: try HarnessFile.parse(text: text, file: QuickHarness.file), path: path)
    } catch let error as YAMLError {
      Exit.failure("\(error)", code: 64)
    }
  }
}
