internal import ArgumentParser
internal import Digests
internal import Ledger
internal import LoopControl
internal import Reporting
internal import Sandbox
internal import StrictYAML

/// `belljar log`: the iterations of a loop.
struct LogCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "log", abstract: "Show the tries of a loop.")
  @OptionGroup var loop: LoopOptions
  @Option(help: ArgumentHelp("Only the last so many.", valueName: "n")) var last: Int?
  @Option(help: ArgumentHelp("Only this verdict: kept, discarded, rejected or invalid.", valueName: "verdict"))
  var verdict: String?
  @Option(help: ArgumentHelp("Only those whose note, edit or reason holds this.", valueName: "text")) var grep: String?
  @Option(help: ArgumentHelp("Only those begun within this time, such as 2h.", valueName: "time")) var since: String?
  @Option(help: "text or json.") var format: OutputFormat = .text

  func validate() throws {
    if let since, Units.duration(since) == nil {
      throw ValidationError("--since takes a time such as 90s, 30min or 2h, not '\(since)'")
    }
    if let last, last < 0 { throw ValidationError("--last takes a number from 0 up") }
    if let verdict, Verdict(rawValue: verdict) == nil {
      throw ValidationError(
        "there is no verdict '\(verdict)'; there are \(Verdict.allCases.map(\.rawValue).joined(separator: ", "))")
    }
  }

  func run() throws {
    do {
      let recorded = try RecordedLoop(loop)
      var filter = IterationFilter()
      filter.verdict = verdict.flatMap { Verdict(rawValue: $0) }
      filter.text = grep
      filter.since = since.flatMap(Units.duration).map { Clock.now() - Int64($0.seconds * 1000) }
      let hasCosts = try recorded.ledger.spending(loop: recorded.loop.id).picodollars != nil
      if format == .text {
        heading(try recorded.ledger.championObjectives(loop: recorded.loop.id, last: 10_000), hasCosts)
      }
      func show(_ row: IterationRecord) {
        print(format == .json ? RecordJSON.iteration(row).text : line(row, hasCosts))
      }
      if let last {
        try recorded.ledger.iterations(loop: recorded.loop.id, last: last, filter).forEach(show)
      } else {
        try recorded.ledger.eachIteration(loop: recorded.loop.id, filter) { show($0) }
      }
    } catch { Exit.failure("belljar log: \(error)", code: 125) }
  }

  /// The champions' objectives as a curve, then the columns.
  private func heading(_ values: [Double], _ hasCosts: Bool) {
    if values.count > 1, let first = values.first, let last = values.last {
      print("best  \(Sparkline.text(values))  \(Figures.fixed(first, 5)) -> \(Figures.fixed(last, 5))")
    }
    print("TRY   VERDICT    RATIO    OBJECTIVE   SECONDS  \(hasCosts ? "COST        " : "")NOTE")
  }

  private func line(_ row: IterationRecord, _ hasCosts: Bool) -> String {
    let result = row.result
    let note = result.map { [$0.note.map { Figures.line($0, most: 60) }, $0.reason].compactMap { $0 } } ?? []
    let cost = hasCosts ? Figures.pad(row.spending?.picodollars.map(StepTable.dollars) ?? "", 10) + "  " : ""
    return "\(Figures.pad("\(row.number)", 4))  \(Figures.pad(result?.verdict.rawValue ?? row.state.rawValue, 9))  "
      + "\(Figures.pad(result?.ratio.map(Figures.ratio) ?? "", 7))  "
      + "\(Figures.pad(result?.objective.map { Figures.fixed($0, 5) } ?? "", 10))  "
      + "\(Figures.pad(result.map { Figures.fixed($0.seconds, 1) } ?? "", 7))  "
      + cost + Figures.line(note.joined(separator: "  "), most: 110)
  }
}
