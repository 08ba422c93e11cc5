internal import ArgumentParser
internal import Glibc
internal import Harness
internal import Sandbox
internal import StrictYAML

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
  @Option(help: ArgumentHelp("Limit of bytes in /tmp and /dev/shm.", valueName: "size")) var disk: String?
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
  @Option(help: "text, or json: the outcome as one JSON object on stderr.") var format: OutputFormat = .text
  @Argument(parsing: .postTerminator, help: "The command and its arguments, after --.") var command: [String] = []

  func validate() throws {
    if command.isEmpty { throw ValidationError("a command is needed after '--', such as: belljar run -- make test") }
  }

  func run() throws {
    if let step { return try openStep(step) }
    let jar: Jar
    do { jar = try makeJar() } catch { Exit.failure("belljar run: \(error)", code: 125) }
    let cancellation = Interrupts.cancellation()
    let result: Sandbox.Result
    do {
      result = try Sandbox(inThisProcess: ()).run(
        jar, input: .descriptor(0), output: .passed(output: 1, error: 2), cancellation: cancellation)
    } catch { Exit.failure("belljar run: \(error)", code: 125) }
    Sandbox.cleanUp()
    finish(result.outcome, limits: jar.limits)
  }

  private func openStep(_ name: String) throws {
    let location = HarnessLocation(harness)
    location.requireTrust()
    let outcome: Outcome
    do { outcome = try stepOutcome(name, location) } catch { Exit.failure("belljar run: \(error)", code: 125) }
    finish(outcome, limits: Budget())
  }

  /// In a function of its own, so that everything it made is released before the process ends.
  private func stepOutcome(_ name: String, _ location: HarnessLocation) throws -> Outcome {
    let bench = try Workbench(
      harness: location.file, folder: location.folder, root: location.root, state: location.state(),
      cancellation: Interrupts.cancellation())
    let isBuild = name == "setup" || name == "build" || name == "agent"
    let specimen = isBuild ? bench.baseline() : try bench.build(bench.baseline(), cache: nil)
    let result = try bench.openJar(of: name, command: command, specimen: specimen)
    bench.discard(specimen)
    return result.outcome
  }

  private func finish(_ outcome: Outcome, limits: Budget) -> Never {
    if format == .json { Exit.note(OutcomeText.json(outcome)) }
    let code = OutcomeText.exitCode(outcome)
    if format == .text {
      switch outcome.reason {
      case .exited, .signaled: break
      default: Exit.note("belljar run: \(command[0]) \(OutcomeText.line(outcome, limits: limits))")
      }
      if outcome.leftOver > 0 {
        Exit.note("belljar run: \(outcome.leftOver) process(es) outlived the command and were killed")
      }
    }
    Exit.now(code)
  }

  private func makeJar() throws -> Jar {
    let policy = try Policy.named(self.policy)
    let here = try HostPath.current()
    var mounts: [Jar.Mount] = []
    for text in writable { mounts.append(try HostPath.mount(text, .writable)) }
    for text in readOnly { mounts.append(try HostPath.mount(text, .readOnly)) }
    let directory = try chdir.map(HostPath.absolute) ?? here
    if here != "/", !mounts.contains(where: { $0.destination == here }) {
      mounts.append(Jar.Mount(.readOnly, source: here))
    }
    var environment: [String: String] = [:]
    for pair in setenv {
      guard let equals = pair.firstIndex(of: "="), equals != pair.startIndex else {
        throw SandboxError("read --setenv", pair, "expected NAME=VALUE")
      }
      environment[String(pair[..<equals])] = String(pair[pair.index(after: equals)...])
    }
    return Jar(
      policy: policy, arguments: command, environment: environment, directory: directory, mounts: mounts,
      budget: Budget(
        wall: try duration("--wall", wall), grace: try duration("--grace", grace), cpu: try duration("--cpu", cpu),
        memory: try size("--memory", memory), processes: processes, disk: try size("--disk", disk),
        output: try size("--output", output)))
  }

  private func duration(_ flag: String, _ text: String?) throws -> Duration? {
    guard let text else { return nil }
    guard let value = Units.duration(text) else {
      throw SandboxError("read \(flag)", text, "expected a time with a unit, such as 10s, 500ms or 2min")
    }
    return value
  }

  private func size(_ flag: String, _ text: String?) throws -> Int? {
    guard let text else { return nil }
    guard let value = Units.byteCount(text) else {
      throw SandboxError("read \(flag)", text, "expected a size with a unit, such as 512MiB or 1GB")
    }
    return value
  }
}

/// How a command that answers prints its answer.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable { case text, json }
