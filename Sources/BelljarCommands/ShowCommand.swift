internal import Agents
internal import ArgumentParser
internal import Digests
internal import Glibc
internal import Ledger
internal import LoopControl
internal import Reporting
internal import Workspace

/// `belljar show`: everything that was recorded of one iteration.
struct ShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Show one try: verdict, scores, runs, agent's steps, prompt, diff.",
    discussion: """
      With --trace, what its agent said and did: each step's trace, or that of --step; with --format json one object a line
      for each event. `belljar trace grep` finds a text in all of them.
      """)
  @OptionGroup var loop: LoopOptions
  @Argument(help: "The try's number; 0 is the baseline. The champion's by default.") var iteration: Int?
  @Flag(help: "Show what its agent said and did.") var trace = false
  @Option(help: ArgumentHelp("Only this step's trace.", valueName: "name")) var step: String?
  @Flag(help: "With --trace: the inputs and results of tools whole.") var full = false
  @Option(help: "text or json.") var format: OutputFormat = .text

  func validate() throws {
    if !trace, step != nil || full { throw ValidationError("--step and --full go with --trace") }
  }

  func run() throws {
    do {
      let recorded = try RecordedLoop(loop)
      let number = iteration ?? recorded.loop.champion ?? 0
      guard let detail = try recorded.ledger.iteration(loop: recorded.loop.id, number: number) else {
        Exit.failure("loop \(recorded.loop.id) has no iteration \(number); `belljar log` shows them", code: 1)
      }
      if trace { return try traces(detail.steps, number, recorded) }
      let told: [EventKind] = [.note, .interrupted, .measured, .judged, .restored]
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
    if let spending = row.spending.flatMap(StepTable.spending) { print("  cost       \(spending)") }
    if let hash = row.hash { print("  hash       \(hash)") }
    if !detail.scores.isEmpty { print("\nscores") }
    for score in detail.scores {
      let value = score.value.map { Figures.value($0, unit: score.unit ?? "") } ?? "-"
      let state = score.answer ?? score.passed.map { $0 ? "pass" : "FAIL" } ?? ""
      print(
        "  \(Figures.pad(score.scorer, 12)) \(Figures.pad(score.role, 9)) \(Figures.pad(value, 12)) \(Figures.pad(state, 9)) \(score.channel)"
      )
      // What a judge said is told in any case: its score is worth no more than its reasons.
      let isJudged = detail.steps.contains { $0.name == "judge:\(score.scorer)" }
      if score.passed == false || isJudged, let why = score.explanation { print(Figures.block(why, indent: "    | ")) }
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
    if !detail.steps.isEmpty {
      print("\nsteps")
      for line in StepTable.lines(detail.steps) { print("  " + line) }
    }
    if let prompt = row.prompt { print("\nprompt\n" + Figures.block(prompt, indent: "  ")) }
  }
}

extension ShowCommand {
  /// The traces of a try's steps.
  private func traces(_ steps: [AgentStepRecord], _ number: Int, _ recorded: RecordedLoop) throws {
    let chosen = steps.filter { step == nil || $0.name == step }
    if chosen.isEmpty {
      let names = steps.map { Figures.line($0.name) }.joined(separator: ", ")
      Exit.failure(
        "try \(number) has no "
          + (steps.isEmpty ? "agent's steps" : "step '\(step ?? "")'; it has \(names)"), code: 1)
    }
    let text = TraceText(colour: isatty(1) == 1 && getenv("NO_COLOR") == nil, full: full)
    for (place, step) in chosen.enumerated() {
      if format == .text {
        print((place > 0 ? "\n" : "") + StepTable.lines([step]).joined(separator: "\n") + "\n")
      }
      guard let digest = step.trace else {
        if format == .text { print("no trace was kept of it") }
        continue
      }
      let removed = try StoredContents.removed(recorded.ledger, loop: recorded.loop.id)
      if !recorded.store.contains(digest), removed.contains(where: { $0.contains(number) }) {
        if format == .text { print("its trace was removed by `belljar gc`; the record is whole") }
        continue
      }
      for event in try TraceRecord(stored: recorded.store.read(digest)).events {
        if format == .json {
          print("{\"step\": \(JSONValue.string(step.name).text), " + TraceRecord.text(event).dropFirst())
        } else {
          print(text.text(event), terminator: "")
        }
      }
    }
  }
}
