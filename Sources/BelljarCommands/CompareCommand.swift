internal import ArgumentParser
internal import Comparison
internal import Glibc
internal import Harness
internal import Reporting
internal import Sandbox
internal import StrictYAML
internal import Workspace

/// `belljar compare`: two commands or two revisions, measured in turns, with an answer and an error rate.
struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare", abstract: "Compare two commands or two revisions, measured side by side in sandboxes.",
    discussion: """
        belljar compare -- 'grep -c x big.txt' 'rg -c x big.txt'
        belljar compare                    # the work tree with the merge base, under belljar.yaml
        belljar compare v1.2 HEAD --time 15m

      The sides take turns, each run in a fresh sandbox, until a test of the pairs' ratios knows the answer.

      Exit codes: 0 better or same, 1 worse or the new side fails, 3 undecided, 4 nothing to compare with yet,
      5 the base is not here, 6 the base fails; 64 wrong usage, 65 a wrong harness file, 125 Belljar failed.
      """)

  @Argument(help: "The old side; by default the merge base with the main branch.") var base: String?
  @Argument(help: "The new side; by default the work tree.") var head: String?
  @OptionGroup var harness: HarnessOptions
  @Option(help: ArgumentHelp("Whose harness, and files that it names, count for both sides.", valueName: "base|head"))
  var harnessFrom: RevisionPlan.HarnessSource = .base
  @Flag(help: "Store the result, and show where the levels of all stored ones change.") var history = false
  @OptionGroup var answer: AnswerOptions
  @OptionGroup(title: "Options for two commands") var commandOptions: CommandOptions
  @OptionGroup(title: "Options for two commands' sandboxes") var sandbox: SandboxOptions
  @Argument(parsing: .postTerminator, help: "Two commands after --, each one argument.") var commands: [String] = []

  func validate() throws {
    guard commands.isEmpty else {
      guard commands.count == 2, base == nil else {
        throw ValidationError(
          "two commands are needed after '--', each quoted as one argument, such as: belljar compare -- 'sort a' 'sort -u a'"
        )
      }
      if history { throw ValidationError("--history is for revisions: two commands have no place in a history") }
      for command in commands where !command.contains(where: { !$0.isWhitespace }) {
        throw ValidationError("a command is empty")
      }
      return
    }
    guard sandbox.request == RunRequest(), commandOptions.isUnused else {
      throw ValidationError("the options for two commands mean nothing for revisions; belljar.yaml says how those run")
    }
  }

  func run() throws {
    answer.requireWritableReports()
    let display = ComparisonDisplay()
    let report: ComparisonReport
    do {
      report = try commands.isEmpty ? compareRevisions(display) : compareCommands(display)
    } catch is MeasurementCancelled {
      display.clear()
      Exit.failure("belljar compare: cancelled", code: 130)
    } catch let error as YAMLError {
      display.clear()
      Exit.failure("\(error)", code: 65)
    } catch {
      display.clear()
      Exit.failure("belljar compare: \(error)", code: 125)
    }
    display.clear()
    answer.finish(report)
  }

  // Each in a function of its own, so that everything it made is released before the process ends.

  private func compareRevisions(_ display: ComparisonDisplay) throws -> ComparisonReport {
    let (folder, file) = try HarnessLocation.place(harness.path)
    let planning = try RevisionPlan.make(
      folder: folder, file: file, base: base, head: head,
      source: harnessFrom, environment: UserEnvironment.values)
    let plan: RevisionPlan
    switch planning {
    case .ended(let report): return report
    case .plan(let made): plan = made
    }
    let location = HarnessLocation(file: plan.harness, path: "\(folder)/\(file)")
    location.requireTrust(of: (plan.firstRun == nil && harnessFrom == .base ? plan.base : plan.head)?.commit)
    let cancellation = Interrupts.cancellation()
    var comparison = RevisionComparison(
      plan: plan, source: harnessFrom, folder: location.folder, file: file, root: location.root,
      state: try location.state(), servers: networkServers)
    comparison.margin = answer.margin?.fraction
    if let time = answer.time { comparison.timeLimit = time.seconds }
    comparison.lock = try display.lock(cancellation)
    comparison.progress = { display.show($0) }
    var report = try comparison.run(cancellation: cancellation)
    if history {
      let stored = ComparisonHistory(stateFolder: comparison.state.path)
      if try !stored.add(report, time: time(nil)) {
        report.notes.append("nothing was measured, so nothing was added to the history")
      }
      report.history = stored.report(named: report.name)
    }
    return report
  }

  private func compareCommands(_ display: ComparisonDisplay) throws -> ComparisonReport {
    let cancellation = Interrupts.cancellation()
    let sides = try commands.map { text in (text: text, jar: try jar(text)) }
    var random = SystemRandomNumberGenerator()
    var comparison = CommandComparison(champion: sides[0], candidate: sides[1], seed: random.next())
    comparison.measure = commandOptions.measure ?? .wall
    comparison.expected = commandOptions.exitCode ?? 0
    comparison.warmup = commandOptions.warmup ?? 1
    if let margin = answer.margin { comparison.margin = margin.fraction }
    if let time = answer.time { comparison.timeLimit = time.seconds }
    comparison.lock = try display.lock(cancellation)
    comparison.progress = { display.show("pair \($0), ratio \(Figures.ratio($1))") }
    return try comparison.run(try Sandbox(restingFor: .machine), cancellation: cancellation)
  }

  private func jar(_ text: String) throws -> Jar {
    var request = sandbox.request
    let command = HarnessCommand(text)
    request.command = command.arguments
    var jar = try request.makeJar()
    jar.programs = command.programs
    return jar
  }
}

/// What two commands are asked for; a harness says it for revisions.
struct CommandOptions: ParsableArguments {
  @Option(help: "What of a run is measured (default: wall).") var measure: CommandPairs.Measure?
  @Option(help: ArgumentHelp("The exit code with which a run counts (default: 0).", valueName: "n"))
  var exitCode: Int32?
  @Option(help: ArgumentHelp("Runs of each side before the first that counts (default: 1).", valueName: "n"))
  var warmup: Int?

  var isUnused: Bool { measure == nil && exitCode == nil && warmup == nil }

  func validate() throws {
    guard (0...1000).contains(warmup ?? 1) else { throw ValidationError("--warmup is from 0 to 1000") }
  }
}

extension CommandPairs.Measure: ExpressibleByArgument {}
extension RevisionPlan.HarnessSource: ExpressibleByArgument {}
