internal import Glibc
internal import Harness
internal import Sandbox
internal import StrictYAML

/// What `belljar run` is asked for, as values.
///
/// ArgumentParser takes about 2 ms of reflection for a command of so many options, as much as a whole sealed launch. So the
/// plain forms are read here; whatever is not plain (help, abbreviations, mistakes) goes to `RunCommand` and its messages.
struct RunRequest: Equatable {
  var policy = "strict"
  var wall: String?
  var grace: String?
  var cpu: String?
  var memory: String?
  var processes: Int?
  var output: String?
  var disk: String?
  var cores: Int?
  var readOnly: [String] = []
  var writable: [String] = []
  var setenv: [String] = []
  var chdir: String?
  var step: String?
  var harness = "."
  var terminal = false
  var isJSON = false
  var command: [String] = []

  init() {}

  /// Reads `run [--option VALUE]... -- COMMAND...`; nil where it is anything else.
  init?(plain arguments: ArraySlice<String>) {
    guard arguments.first == "run" else { return nil }
    var rest = arguments.dropFirst()
    while let flag = rest.popFirst() {
      if flag == "--" {
        command = Array(rest)
        break
      }
      if flag == "-t" || flag == "--tty" {
        terminal = true
        continue
      }
      guard let value = rest.popFirst(), !value.hasPrefix("-") else { return nil }
      switch flag {
      case "--policy": policy = value
      case "--wall": wall = value
      case "--grace": grace = value
      case "--cpu": cpu = value
      case "--memory": memory = value
      case "--output": output = value
      case "--disk": disk = value
      case "--ro-bind": readOnly.append(value)
      case "--bind": writable.append(value)
      case "--setenv": setenv.append(value)
      case "--chdir": chdir = value
      case "--processes":
        guard let number = Int(value) else { return nil }
        processes = number
      case "--cores":
        guard let number = Int(value) else { return nil }
        cores = number
      case "--format":
        guard value == "json" || value == "text" else { return nil }
        isJSON = value == "json"
      default: return nil
      }
    }
    if command.isEmpty { return nil }
  }

  /// Runs it, and ends the process with the command's exit code.
  func run() -> Never {
    if let step { openStep(step) }
    let jar: Jar
    do { jar = try makeJar() } catch { Exit.failure("belljar run: \(error)", code: 125) }
    let cancellation = Interrupts.cancellation()
    if terminal, isatty(0) == 0 {
      Exit.failure("belljar run: -t needs a terminal on stdin; leave it out where there is none", code: 125)
    }
    let result: Sandbox.Result
    do {
      let sandbox = try Sandbox(forked: (), restingFor: .machine)
      if !terminal, isatty(2) == 1, MeasurementNotice.machine.isAnnounced {
        Exit.note("note: another Belljar process is measuring; other work rests meanwhile")
      }
      result =
        terminal
        ? try sandbox.run(jar, terminal: 0, cancellation: cancellation)
        : try sandbox.run(
          jar, input: .descriptor(0), output: .passed(output: 1, error: 2), cancellation: cancellation)
    } catch { Exit.failure("belljar run: \(error)", code: 125) }
    Sandbox.cleanUp()
    finish(result.outcome, limits: jar.limits)
  }

  private func openStep(_ name: String) -> Never {
    let location = HarnessLocation(path: harness)
    location.requireTrust()
    let outcome: Outcome
    do { outcome = try stepOutcome(name, location) } catch { Exit.failure("belljar run: \(error)", code: 125) }
    finish(outcome, limits: Budget())
  }

  /// In a function of its own, so that everything it made is released before the process ends.
  private func stepOutcome(_ name: String, _ location: HarnessLocation) throws -> Outcome {
    let bench = try location.bench()
    let isBuild = name == "setup" || name == "build" || name == "agent"
    let specimen = isBuild ? bench.baseline() : try bench.build(bench.baseline(), cache: nil)
    let result = try bench.openJar(of: name, command: command, specimen: specimen)
    bench.discard(specimen)
    return result.outcome
  }

  private func finish(_ outcome: Outcome, limits: Budget) -> Never {
    if isJSON { Exit.note(OutcomeText.json(outcome)) }
    let code = OutcomeText.exitCode(outcome)
    if !isJSON {
      switch outcome.reason {
      case .exited, .signaled: break
      default: Exit.note("belljar run: \(command[0]) \(OutcomeText.line(outcome, limits: limits))")
      }
      // Either the script's own answer, or a shell's word for a program that isn't there.
      if case .exited(127) = outcome.reason {
        Exit.note(
          "belljar run: exit 127, mostly a program that is not found inside; docs/toolchains.md tells how to show one")
      }
      // A program that copes with a refusal needs no word about it.
      if !outcome.succeeded, !outcome.denied.isEmpty { Exit.note("belljar run: \(outcome.deniedText)") }
      if outcome.leftOver > 0 {
        Exit.note("belljar run: \(outcome.leftOver) process(es) outlived the command and were killed")
      }
    }
    Exit.now(code)
  }

  func makeJar() throws -> Jar {
    let policy = try Policy.named(self.policy)
    let here = try HostPath.current()
    var mounts: [Jar.Mount] = []
    for text in writable {
      mounts.append(try HostPath.mount(text, .writable))
      HostPath.warnUnlessWritable(mounts[mounts.count - 1].source)
    }
    for text in readOnly { mounts.append(try HostPath.mount(text, .readOnly)) }
    let directory = try chdir.map(HostPath.absolute) ?? here
    if here != "/", !mounts.contains(where: { $0.destination == here }) {
      mounts.append(Jar.Mount(.readOnly, source: here))
    }
    var environment: [String: String] = [:]
    if terminal, let type = getenv("TERM") { environment["TERM"] = String(cString: type) }
    for pair in setenv {
      guard let equals = pair.firstIndex(of: "="), equals != pair.startIndex else {
        throw SandboxError("read --setenv", pair, "expected NAME=VALUE")
      }
      environment[String(pair[..<equals])] = String(pair[pair.index(after: equals)...])
    }
    var jar = Jar(
      policy: policy, arguments: command, environment: environment, directory: directory, mounts: mounts,
      budget: Budget(
        wall: try duration("--wall", wall), grace: try duration("--grace", grace), cpu: try duration("--cpu", cpu),
        memory: try size("--memory", memory), processes: processes, disk: try size("--disk", disk),
        output: try size("--output", output), cores: cores))
    // What a script given here starts is looked for as the command itself is.
    let isScript =
      ["sh", "bash", "/bin/sh", "/bin/bash"].contains(command[0]) && command.count > 2 && command[1] == "-c"
    if isScript { jar.programs = HarnessCommand.shell(command[2]).programs }
    return jar
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
