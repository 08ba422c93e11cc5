internal import ArgumentParser
internal import Digests
internal import Ledger
internal import LoopControl
internal import Reporting

/// `belljar show`: everything that was recorded of one iteration.
struct ShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Show one try: verdict, scores, runs, prompt, diff.")
  @OptionGroup var loop: LoopOptions
  @Argument(help: "The try's number; 0 is the baseline. The champion's by default.") var iteration: Int?
  @Option(help: "text or json.") var format: OutputFormat = .text

  func run() throws {
    do {
      let recorded = try RecordedLoop(loop)
      let number = iteration ?? recorded.loop.champion ?? 0
      guard let detail = try recorded.ledger.iteration(loop: recorded.loop.id, number: number) else {
        Exit.failure("loop \(recorded.loop.id) has no iteration \(number); `belljar log` shows them", code: 1)
      }
      let told: [EventKind] = [.note, .interrupted, .measured, .restored]
      let events = try recorded.ledger.events(loop: recorded.loop.id, told, iteration: number)
      if format == .json { return print(RecordJSON.detail(detail).text) }
      text(detail)
      if !events.isEmpty { print("\nevents") }
      for event in events {
        print(
          "  \(Moments.text(event.at))  \(Figures.pad(event.kind.rawValue, 11))  "
            + Figures.line(event.detail ?? "", most: 300))
      }
      let removed = try StoredContents.removed(recorded.ledger, loop: recorded.loop.id)
      if removed.contains(where: { $0.contains(number) }) {
        return print("\nits contents were removed by `belljar gc`; the record is whole")
      }
      let parent = try recorded.tree(of: detail.iteration.parent ?? 0)
      let patch = try recorded.patch(from: parent, to: recorded.tree(of: number))
      if !patch.isEmpty { print("\nchange\n" + Figures.block(String(decoding: patch, as: UTF8.self), indent: "  ")) }
    } catch { Exit.failure("belljar show: \(error)", code: 125) }
  }

  private func text(_ detail: IterationDetail) {
    let row = detail.iteration
    print("try \(row.number): \(row.result?.verdict.rawValue ?? row.state.rawValue)")
    if let result = row.result {
      print(Figures.block(result.reason, indent: "  reason     "))
      if let note = result.note, !note.isEmpty { print(Figures.block(note, indent: "  note       ")) }
      if let ratio = result.ratio {
        var line = "  ratio      \(Figures.ratio(ratio))"
        if let low = result.ratioLow, let high = result.ratioHigh {
          line += " (\(Figures.ratio(low)) to \(Figures.ratio(high)))"
        }
        print(line)
      }
      print("  took       \(Figures.time(result.seconds))")
    }
    if let hash = row.hash { print("  hash       \(hash)") }
    if !detail.scores.isEmpty { print("\nscores") }
    for score in detail.scores {
      let value = score.value.map { Figures.value($0, unit: score.unit ?? "") } ?? "-"
      let state = score.answer ?? score.passed.map { $0 ? "pass" : "FAIL" } ?? ""
      print(
        "  \(Figures.pad(score.scorer, 12)) \(Figures.pad(score.role, 9)) \(Figures.pad(value, 12)) \(Figures.pad(state, 9)) \(score.channel)"
      )
      if score.passed == false, let why = score.explanation { print(Figures.block(why, indent: "    | ")) }
    }
    if !detail.runs.isEmpty { print("\nruns") }
    var shown: [String: Int] = [:]
    for run in detail.runs { shown["\(run.step) \(run.side.rawValue)", default: 0] += 1 }
    var seen: Set<String> = []
    for run in detail.runs where seen.insert("\(run.step) \(run.side.rawValue)").inserted {
      let count = shown["\(run.step) \(run.side.rawValue)"] ?? 1
      let walls = detail.runs.filter { $0.step == run.step && $0.side == run.side }.map(\.wallMicroseconds).sorted()
      let left = detail.runs.filter { $0.step == run.step && $0.side == run.side }.reduce(0) { $0 + $1.processesLeft }
      print(
        "  \(Figures.pad(run.step, 16)) \(Figures.pad(run.side.rawValue, 9)) \(Figures.pad("\(count) run(s)", 10)) "
          + "\(Figures.pad(run.outcome, 12)) median \(Figures.time(Double(walls[walls.count / 2]) / 1e6))"
          + (left == 0 ? "" : ", \(left) process(es) left over and killed"))
      if run.outcome != "exited" || run.exitCode != 0, !run.stderrTail.isEmpty {
        print(Figures.block(String(run.stderrTail.suffix(1000)), indent: "    | "))
      }
    }
    if let prompt = row.prompt { print("\nprompt\n" + Figures.block(prompt, indent: "  ")) }
  }
}
