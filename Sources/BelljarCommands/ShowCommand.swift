internal import ArgumentParser
internal import Digests
internal import Ledger
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
      if format == .json { return print(json(detail).text) }
      text(detail)
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
      print(
        "  \(Figures.pad(run.step, 16)) \(Figures.pad(run.side.rawValue, 9)) \(Figures.pad("\(count) run(s)", 10)) "
          + "\(Figures.pad(run.outcome, 12)) median \(Figures.time(Double(walls[walls.count / 2]) / 1e6))")
      if run.outcome != "exited" || run.exitCode != 0, !run.stderrTail.isEmpty {
        print(Figures.block(String(run.stderrTail.suffix(1000)), indent: "    | "))
      }
    }
    if let prompt = row.prompt { print("\nprompt\n" + Figures.block(prompt, indent: "  ")) }
  }

  private func json(_ detail: IterationDetail) -> JSONValue {
    let scores = detail.scores.map { score in
      JSONValue.object([
        ("scorer", .string(score.scorer)), ("role", .string(score.role)), ("channel", .string(score.channel)),
        ("value", JSONValue(score.value)), ("unit", JSONValue(score.unit)), ("answer", JSONValue(score.answer)),
        ("passed", JSONValue(score.passed)), ("explanation", JSONValue(score.explanation)),
      ])
    }
    let runs = detail.runs.map { run in
      JSONValue.object([
        ("step", .string(run.step)), ("side", .string(run.side.rawValue)), ("ordinal", .int(run.ordinal)),
        ("outcome", .string(run.outcome)), ("exit_code", JSONValue(run.exitCode)),
        ("wall", .double(Double(run.wallMicroseconds) / 1e6)), ("user", .double(Double(run.userMicroseconds) / 1e6)),
        ("system", .double(Double(run.systemMicroseconds) / 1e6)),
        ("peak_memory", JSONValue(run.peakMemory.map(Int.init))), ("processes_left", .int(run.processesLeft)),
        ("stderr_tail", .string(run.stderrTail)),
      ])
    }
    return .object([
      ("iteration", LogCommand.json(detail.iteration)), ("prompt", JSONValue(detail.iteration.prompt)),
      ("scores", .list(scores)), ("runs", .list(runs)),
    ])
  }
}
