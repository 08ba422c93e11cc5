internal import ArgumentParser
internal import Comparison
internal import Glibc
internal import Harness
internal import Reporting
internal import Sandbox

/// `belljar compare`: two commands or two revisions, measured in turns, with an answer and an error rate.
struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare", abstract: "Compare two commands, measured side by side in sandboxes.",
    discussion: """
        belljar compare -- 'grep -c x big.txt' 'rg -c x big.txt'

      Each run has a fresh sandbox; times are taken outside of it. The two sides take turns in random blocks, ABBA or BAAB,
      until an always-valid sequential test of the pairs' ratios knows the answer or the time is up.

      Exit codes: 0 better or same, 1 worse or the new side fails, 3 undecided, 6 the old side fails; 125 Belljar failed.
      """)

  @OptionGroup var answer: AnswerOptions
  @Option(help: "What of a run is measured: wall, cpu or memory.") var measure: CommandPairs.Measure = .wall
  @Option(help: ArgumentHelp("The exit code with which a run counts.", valueName: "n")) var exitCode: Int32 = 0
  @Option(help: ArgumentHelp("Runs of each side that don't count, before the first that does.", valueName: "n"))
  var warmup = 1
  @OptionGroup var sandbox: SandboxOptions
  @Argument(parsing: .postTerminator, help: "Two commands after --, each one argument.") var commands: [String] = []

  func validate() throws {
    guard commands.count == 2 else {
      throw ValidationError(
        "two commands are needed after '--', each quoted as one argument, such as: belljar compare -- 'sort a' 'sort -u a'"
          + (commands.count > 2 ? " (there are \(commands.count))" : ""))
    }
    for command in commands where !command.contains(where: { !$0.isWhitespace }) {
      throw ValidationError("a command is empty")
    }
    guard (0...1000).contains(warmup) else { throw ValidationError("--warmup is from 0 to 1000") }
  }

  func run() throws {
    let display = ComparisonDisplay()
    let report: ComparisonReport
    do { report = try compareCommands(display) } catch is MeasurementCancelled {
      display.clear()
      Exit.failure("belljar compare: cancelled", code: 130)
    } catch {
      display.clear()
      Exit.failure("belljar compare: \(error)", code: 125)
    }
    display.clear()
    answer.finish(report)
  }

  /// In a function of its own, so that everything it made is released before the process ends.
  private func compareCommands(_ display: ComparisonDisplay) throws -> ComparisonReport {
    let cancellation = Interrupts.cancellation()
    let sides = try commands.map { text in (text: text, jar: try jar(text)) }
    var random = SystemRandomNumberGenerator()
    var comparison = CommandComparison(champion: sides[0], candidate: sides[1], seed: random.next())
    comparison.measure = measure
    comparison.expected = exitCode
    comparison.warmup = warmup
    comparison.margin = answer.margin?.fraction ?? 0.01
    comparison.timeLimit = answer.time?.seconds ?? 60
    comparison.lock = try MeasurementLock(cancellation: cancellation)
    comparison.lock?.waiting = { display.note("waiting: \($0); one measurement at a time on a machine") }
    comparison.progress = { display.show("pair \($0), ratio \(Figures.ratio($1))") }
    return try comparison.run(try Sandbox(), cancellation: cancellation)
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

extension CommandPairs.Measure: ExpressibleByArgument {}
extension Leniency: ExpressibleByArgument {}

/// How long a comparison may take, what counts as a difference, and how the answer is told.
struct AnswerOptions: ParsableArguments {
  @Option(help: ArgumentHelp("How long to measure at most, such as 30s or 15m.", valueName: "time")) var time:
    TimeOption?
  @Option(help: ArgumentHelp("The difference that doesn't matter, such as 2% or 0%.", valueName: "share"))
  var margin: ShareOption?
  @Option(help: ArgumentHelp("What undecided counts as: pass (exit 0) or fail (exit 1).", valueName: "pass|fail"))
  var undecided: Leniency?
  @Option(help: "text or json.") var format: OutputFormat = .text

  /// Prints the report and ends the process with its exit code.
  func finish(_ report: ComparisonReport) -> Never {
    if format == .json {
      print(ComparisonJSON.value(report).text)
    } else {
      let colour = isatty(1) == 1 && getenv("NO_COLOR") == nil
      print(ComparisonText(colour: colour).text(report), terminator: "")
    }
    Exit.now(report.verdict.exitCode(undecided: undecided))
  }
}
