internal import ArgumentParser
internal import Digests
internal import Ledger
internal import Reporting

/// `belljar log`: the iterations of a loop.
struct LogCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "log", abstract: "Show the tries of a loop.")
  @OptionGroup var loop: LoopOptions
  @Option(help: ArgumentHelp("Only the last so many.", valueName: "n")) var last: Int?
  @Option(help: ArgumentHelp("Only this verdict: kept, discarded, rejected or invalid.", valueName: "verdict"))
  var verdict: String?
  @Option(help: "text or json.") var format: OutputFormat = .text

  func validate() throws {
    if let verdict, Verdict(rawValue: verdict) == nil {
      throw ValidationError(
        "there is no verdict '\(verdict)'; there are \(Verdict.allCases.map(\.rawValue).joined(separator: ", "))")
    }
  }

  func run() throws {
    do {
      let recorded = try RecordedLoop(loop)
      let all = try recorded.ledger.iterations(loop: recorded.loop.id, last: last ?? .max)
      let rows = all.filter { verdict == nil || $0.result?.verdict.rawValue == verdict }
      if format == .json {
        for row in rows { print(Self.json(row).text) }
        return
      }
      print("TRY   VERDICT    RATIO    OBJECTIVE   SECONDS  NOTE")
      for row in rows {
        let result = row.result
        let note = result.map { [$0.note.map { Figures.line($0, most: 60) }, $0.reason].compactMap { $0 } } ?? []
        print(
          "\(Figures.pad("\(row.number)", 4))  \(Figures.pad(result?.verdict.rawValue ?? row.state.rawValue, 9))  "
            + "\(Figures.pad(result?.ratio.map(Figures.ratio) ?? "", 7))  "
            + "\(Figures.pad(result?.objective.map { Figures.fixed($0, 5) } ?? "", 10))  "
            + "\(Figures.pad(result.map { Figures.fixed($0.seconds, 1) } ?? "", 7))  "
            + Figures.line(note.joined(separator: "  "), most: 110))
      }
    } catch { Exit.failure("belljar log: \(error)", code: 125) }
  }

  static func json(_ row: IterationRecord) -> JSONValue {
    .object([
      ("iteration", .int(row.number)), ("parent", JSONValue(row.parent)), ("state", .string(row.state.rawValue)),
      ("verdict", JSONValue(row.result?.verdict.rawValue)), ("reason", JSONValue(row.result?.reason)),
      ("note", JSONValue(row.result?.note)), ("ratio", JSONValue(row.result?.ratio)),
      ("low", JSONValue(row.result?.ratioLow)), ("high", JSONValue(row.result?.ratioHigh)),
      ("objective", JSONValue(row.result?.objective)), ("seconds", JSONValue(row.result?.seconds)),
      ("champion_moved", .bool(row.championMoved)), ("tree", JSONValue(row.result?.tree?.description)),
      ("candidate", JSONValue(row.result?.candidate?.description)), ("hash", JSONValue(row.hash?.description)),
    ])
  }
}
