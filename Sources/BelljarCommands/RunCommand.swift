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

  @Option(help: "strict, test, build, or a policy file.") var policy = "strict"
  @Option(help: ArgumentHelp("Time limit, such as 10s or 2min.", valueName: "time")) var wall: String?
  @Option(help: ArgumentHelp("Time between SIGTERM and SIGKILL at the wall limit.", valueName: "time")) var grace:
    String?
  @Option(help: ArgumentHelp("Processor time limit.", valueName: "time")) var cpu: String?
  @Option(help: ArgumentHelp("Memory limit, such as 1GB or 512MiB.", valueName: "size")) var memory: String?
  @Option(help: ArgumentHelp("Limit of processes and threads.", valueName: "n")) var processes: Int?
  @Option(help: ArgumentHelp("Limit of bytes printed.", valueName: "size")) var output: String?
  @Option(help: ArgumentHelp("Limit of bytes in /tmp, /dev/shm and home together.", valueName: "size")) var disk:
    String?
  @Option(help: ArgumentHelp("Processors that it may run on.", valueName: "n")) var cores: Int?
  @Option(name: .customLong("ro-bind"), help: ArgumentHelp("Show a path read-only.", valueName: "src[:dst]"))
  var readOnly: [String] = []
  @Option(name: .customLong("bind"), help: ArgumentHelp("Show a path writable.", valueName: "src[:dst]"))
  var writable: [String] = []
  @Option(help: ArgumentHelp("Set a variable inside.", valueName: "k=v")) var setenv: [String] = []
  @Option(help: ArgumentHelp("Working folder inside.", valueName: "dir")) var chdir: String?
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
    var request = RunRequest()
    request.policy = policy
    request.wall = wall
    request.grace = grace
    request.cpu = cpu
    request.memory = memory
    request.processes = processes
    request.output = output
    request.disk = disk
    request.cores = cores
    request.readOnly = readOnly
    request.writable = writable
    request.setenv = setenv
    request.chdir = chdir
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
