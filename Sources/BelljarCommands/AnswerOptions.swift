internal import ArgumentParser
internal import Comparison
internal import Glibc
internal import Harness
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
  @Option(
    name: .customLong("report"),
    help: ArgumentHelp(
      "A report in a file, or in place of the table: \(ReportOption.formats). May be repeated.",
      valueName: "format[:file]"))
  var reports: [ReportOption] = []

  func validate() throws {
    let printed = reports.count { $0.file == nil } + (format == .json ? 1 : 0)
    guard printed < 2 else {
      throw ValidationError(
        "only one report can go to stdout; give the others a file, such as --report junit:belljar.xml")
    }
  }

  /// Ends the process where a report's file can't be written: better before the measurement than after it.
  func requireWritableReports() {
    do { try reports.compactMap(\.file).forEach(HostPath.requireWritable) } catch {
      Exit.failure("belljar compare: \(error)", code: 125)
    }
  }

  /// Prints the answer, tells GitHub Actions where it runs there, writes the reports, and ends the process with the exit code.
  func finish(_ report: ComparisonReport) -> Never {
    var report = report
    report.undecided = undecided
    report.new = new
    // The answer has cost minutes: a file that can't be written takes nothing else of it away.
    var faults: [String] = []
    do { try tell(report) } catch { faults.append("\(error)") }
    for each in reports {
      guard let file = each.file else { continue }
      do { try HostPath.write(each.format.text(report), to: file) } catch { faults.append("\(error)") }
    }
    guard faults.isEmpty else {
      fflush(nil)
      Exit.failure("belljar compare: \(faults.joined(separator: "; "))", code: 125)
    }
    Exit.now(report.exitCode)
  }

  private func tell(_ report: ComparisonReport) throws {
    let job = ActionsJob(UserEnvironment.values)
    if let asked = machineFormat {
      print(asked.text(report), terminator: "")
      try job?.tell(report) { Exit.note($0) }
    } else {
      let colour = isatty(1) == 1 && getenv("NO_COLOR") == nil
      let text = ComparisonText(colour: colour).text(report)
      print(job?.fenced(text) ?? text, terminator: "")
      try job?.tell(report) { print($0) }
    }
  }

  /// What stands on stdout for a program to read, where that was asked for: nothing else may come there then.
  private var machineFormat: ReportFormat? {
    format == .json ? .json : reports.first { $0.file == nil && $0.format != .text }?.format
  }
}

/// `junit:belljar.xml`: a format, and the file that it is written to.
struct ReportOption: ExpressibleByArgument {
  let format: ReportFormat
  let file: String?

  init?(argument: String) {
    let parts = argument.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard let format = ReportFormat(rawValue: parts[0]), parts.count == 1 || !parts[1].isEmpty else { return nil }
    self.format = format
    file = parts.count > 1 ? parts[1] : nil
  }

  static var formats: String { ReportFormat.allCases.map(\.rawValue).joined(separator: ", ") }
}

extension Leniency: ExpressibleByArgument {}
