internal import ArgumentParser
internal import Ledger
internal import Reporting

/// `belljar export`: the record for other programs.
struct ExportCommand: ParsableCommand {
  enum Format: String, ExpressibleByArgument, CaseIterable { case jsonl, csv, tsv }

  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Print a loop's record as JSON lines, CSV, or autoresearch's results.tsv.",
    discussion: """
      jsonl: one object a line: the loop, then each try with its scores, runs and agent's steps, then the events. csv: one line a try
      (RFC 4180). tsv: the five columns of autoresearch's results.tsv: commit (the candidate's digest, 7 digits), val_bpb (the
      objective, whatever it measures), memory_gb (the largest peak of its runs), status (keep, discard, crash), description.
      """)
  @OptionGroup var loop: LoopOptions
  @Option(help: "jsonl, csv or tsv.") var format: Format = .jsonl

  func run() throws {
    do {
      let recorded = try RecordedLoop(loop)
      let (ledger, id) = (recorded.ledger, recorded.loop.id)
      switch format {
      case .jsonl:
        print(RecordJSON.loop(recorded.loop).text)
        try ledger.eachDetail(loop: id) { print(RecordJSON.detail($0).text) }
        for event in try ledger.events(loop: id) { print(RecordJSON.event(event).text) }
      case .csv:
        print(DelimitedText.csvHeader, terminator: "")
        try ledger.eachIteration(loop: id) { print(DelimitedText.csv($0), terminator: "") }
      case .tsv:
        print(DelimitedText.tsvHeader)
        try ledger.eachDetail(loop: id) { if let line = DelimitedText.tsv($0) { print(line) } }
      }
    } catch { Exit.failure("belljar export: \(error)", code: 125) }
  }
}
