internal import ArgumentParser

/// `belljar run`: any command in a sandbox, with the exit codes of timeout(1).
struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Run a command in a sandbox.",
    discussion: """
      The current folder is shown read-only at its own path; --bind makes it, or another folder, writable.
      stdin, stdout and stderr are passed through. Exit codes: the command's own, 124 when a budget ran out,
      125 when Belljar failed, 126 not executable, 127 not found, 128+N for signal N.

        belljar run -- make test
        belljar run --policy build --wall 2min --bind . -- cc -O2 -o wc wc.c
      """)

  @OptionGroup var sandbox: SandboxOptions
  @Option(
    help: ArgumentHelp(
      "Open exactly the jar of this step of the harness, such as build or speed.run.", valueName: "name"))
  var step: String?
  @OptionGroup var harness: HarnessOptions
  @Flag(
    name: [.customShort("t"), .customLong("tty")],
    help: "In a terminal of its own, joined to this one: for shells and editors.")
  var terminal = false
  @Option(help: "text, or json: the outcome as one JSON object on stderr.") var format: OutputFormat = .text
  @Argument(parsing: .postTerminator, help: "The command and its arguments, after --.") var command: [String] = []

  func validate() throws {
    if command.isEmpty { throw ValidationError("a command is needed after '--', such as: belljar run -- make test") }
  }

  func run() throws {
    var request = sandbox.request
    request.step = step
    request.harness = harness.path
    request.terminal = terminal
    request.isJSON = format == .json
    request.command = command
    request.run()
  }
}

/// How a command that answers prints its answer.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable { case text, json }
