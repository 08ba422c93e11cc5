internal import Digests
internal import Glibc
package import Sandbox
internal import Workspace

extension Workbench {
  /// Runs one step in a sandbox of its own: on these layers, with its writes in `upper`.
  ///
  /// - Parameters:
  ///   - keepsCores: whether the run is compared with others, as `Jar.keepsCores` says.
  ///   - wrapper: words before the step's own command.
  ///   - counter: what is counted in all of its processes.
  ///   - advises: whether a failure is looked through for what was not shown. Not where a candidate had a hand in it.
  ///   - door: the network of this run, where it is more than the step's own.
  ///   - watching: is handed the output as it comes.
  func execute(
    _ step: HarnessStep, name: String, side: String, layers: [String], upper: String, work: String,
    environment: [String: String] = [:], extra: [Jar.Mount], wrapper: [String] = [],
    counter: Jar.Counter? = nil, input: Sandbox.Input = .none, ours: Bool = false, keepsCores: Bool = false,
    keep: Int = 1 << 20, advises: Bool = false, door: Doorway? = nil,
    watching: (@Sendable (Sandbox.Stream, UnsafeRawBufferPointer) -> Void)? = nil
  ) throws -> Sandbox.Result {
    var tree = Jar.Mount(.overlay(layers: layers, upper: upper, work: work), source: root, destination: root)
    // What is kept of it is stored, and written to the disk, on its own. Runs that are timed see the disk as it is.
    tree.isVolatile = !keepsCores
    var jar = try self.jar(step, name: name, tree: tree, environment: environment, extra: extra, ours: ours)
    jar.keepsCores = keepsCores
    jar.counter = counter
    if !wrapper.isEmpty {
      jar.programs += jar.arguments.prefix(1)
      jar.arguments = wrapper + jar.arguments
    }
    let door = try door ?? Doorway(hosts: step.network, servers: servers, log: networkLog, step: name)
    if let door { door.open(&jar) }
    let output: Sandbox.Output = watching.map { .watched(keep: keep, $0) } ?? .captured(keep: keep)
    if keepsCores { settle() }
    let run = Result { try sandbox.run(jar, input: input, output: output, cancellation: cancellation) }
    try door?.close()
    var result = try run.get()
    result.advice += door?.refusals ?? []
    if advises, !result.outcome.succeeded {
      result.advice += FailureAdvice.lines(
        RunReport.tail(result.output) + "\n" + RunReport.tail(result.error), jar: jar)
    }
    record(RunReport(step: name, side: side, result: result))
    if result.outcome.reason == .cancelled { throw EvaluationFault.cancelled }
    if case .notStarted(let stage, _, _) = result.outcome.reason, stage != "execve", stage != "chdir" {
      let other = stage == "perf_event_open" ? "; 'counter: valgrind' counts without, 'measure: cpu' needs none" : ""
      throw EvaluationFault.invalid("\(name) \(result.outcome.reason)\(other)")
    }
    return result
  }

  /// The jar of a step: its policy, folders, variables, inputs and budget.
  func jar(
    _ step: HarnessStep, name: String, tree: Jar.Mount, environment: [String: String], extra: [Jar.Mount], ours: Bool
  ) throws -> Jar {
    var mounts = [tree] + extra
    if ours { mounts.append(Jar.Mount(.readOnly, source: frozen, destination: "/harness")) }
    var variables = step.environment
    variables["BELLJAR_TREE"] = root
    variables.merge(environment) { $1 }
    for name in step.secrets {
      if let value = getenv(name) { variables[name] = String(cString: value) }
    }
    for input in step.inputs {
      let source = absolute(input.source)
      guard Folders.exists(source) else {
        throw SandboxError("show input", source, "it does not exist (step \(name), key 'inputs')")
      }
      mounts.append(Jar.Mount(.readOnly, source: source, destination: input.destination.map(absolute) ?? source))
      if ours, !input.leavesProject {
        mounts.append(Jar.Mount(.readOnly, source: source, destination: "/harness/\(input.source)"))
      }
    }
    var policy = try Policy.named(policyName(step.policy))
    if step.network == .open { policy.network = .open }
    var directory = ours ? "/harness" : root
    if let folder = step.folder { directory += "/\(folder)" }
    var budget = step.budget
    if let most = harness.memoryEach(step: name) {
      budget.memory = min(budget.memory ?? policy.budget.memory ?? most, most)
    }
    var jar = Jar(
      policy: policy, arguments: step.command.arguments, environment: variables, directory: directory, mounts: mounts,
      links: root == "/tree" ? [:] : ["/tree": root], budget: budget)
    jar.programs = step.command.programs
    return jar
  }

  /// Runs a command of the user's in exactly the jar of a step, on a built tree, with the caller's own streams.
  package func openJar(of name: String, command: [String], specimen: Specimen) throws -> Sandbox.Result {
    guard var step = harness.steps.first(where: { $0.name == name })?.step else {
      let names = harness.steps.map(\.name)
      throw SandboxError("find step", name, "the harness has " + names.joined(separator: ", "))
    }
    step.command = .direct(command)
    let ours = name.hasSuffix(".prepare") || name.hasSuffix(".score")
    let isJudge = harness.judges.contains { $0.name == name }
    let isBuild = name == "setup" || name == "build" || name == "agent" || isJudge
    let upper = try newScratch()
    let work = try newScratch()
    let out = try newScratch()
    defer { remove([upper, work, out]) }
    let tree = Jar.Mount(
      .overlay(
        layers: isJudge ? [try emptyLayer()] : isBuild ? specimen.layers : specimen.runLayers, upper: upper, work: work),
      source: root, destination: root)
    let jar = try self.jar(
      step, name: name, tree: tree, environment: isBuild ? [:] : ["BELLJAR_OUT": "/out"],
      extra: isBuild ? [] : [.counted(out, at: "/out")], ours: ours)
    let door = try Doorway(hosts: step.network, servers: servers, log: networkLog, step: name)
    var opened = jar
    door?.open(&opened)
    let result = Result {
      try sandbox.run(
        opened, input: .descriptor(0), output: .passed(output: 1, error: 2), cancellation: cancellation)
    }
    try door?.close()
    return try result.get()
  }

  func absolute(_ path: String) -> String { HostFolder.absolute(path, in: folder) }

  private func policyName(_ choice: PolicyChoice) -> String {
    switch choice {
    case .builtIn(let name): name
    case .file(let path): absolute(path)
    }
  }
}

extension Jar.Mount {
  /// A new folder to write into, within the disk budget.
  static func counted(_ source: String, at destination: String) -> Jar.Mount {
    var mount = Jar.Mount(.writable, source: source, destination: destination)
    mount.isCounted = true
    return mount
  }
}

/// Paths of the host, as a harness writes them.
enum HostFolder {
  /// Absolute, from `~/`, or relative to the harness file's folder.
  static func absolute(_ path: String, in folder: String) -> String {
    if path.hasPrefix("/") { return path }
    if path.hasPrefix("~/"), let home = getenv("HOME") { return String(cString: home) + path.dropFirst(1) }
    var parts = folder.split(separator: "/")
    for part in path.split(separator: "/") {
      if part == ".." { _ = parts.popLast() } else if part != "." { parts.append(part) }
    }
    return "/" + parts.joined(separator: "/")
  }
}

extension HarnessCommand {
  /// The programs that a script starts, as far as its text shows: the first word of each simple command.
  package var programs: [String] {
    guard case .shell(let script) = self else { return [] }
    var found: [String] = []
    for part in script.split(whereSeparator: { "|;&\n()`".contains($0) }) {
      let word = part.split(separator: " ").first { !$0.contains("=") }.map(String.init)
      if let word, !word.contains(where: { "$\"'<>*?{}[]\\".contains($0) }) { found.append(word) }
    }
    return found
  }
}
