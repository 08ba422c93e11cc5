internal import ArgumentParser
internal import Comparison
internal import Glibc
internal import Reporting

/// How long a comparison may take, what counts as a difference, and how the answer is told.
struct AnswerOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "How long to measure at most, such as 30s or 15m (default: commands 1 min, revisions 5 min).", valueName: "time"))
  var time: TimeOption?
  @Option(help: ArgumentHelp("The difference that doesn't matter, such as 2% or 0%.", valueName: "share"))
  var margin: ShareOption?
  @Option(help: ArgumentHelp("What undecided counts as: pass (exit 0) or fail (exit 1).", valueName: "pass|fail"))
  var undecided: Leniency?
  @Option(help: ArgumentHelp("What a case without a base counts as, and a first run.", valueName: "pass|fail"))
  var new: Leniency?
  @Option(help: "text or json.") var format: OutputFormat = .text

  /// Prints the report and ends the process with its exit code.
  func finish(_ report: ComparisonReport) -> Never {
    if format == .json {
      print(ComparisonJSON.value(report).text)
    } else {
      let colour = isatty(1) == 1 && getenv("NO_COLOR") == nil
      print(ComparisonText(colour: colour).text(report), terminator: "")
    }
    Exit.now(report.verdict.exitCode(undecided: undecided, new: new))
  }
}

extension Leniency: ExpressibleByArgument {}
