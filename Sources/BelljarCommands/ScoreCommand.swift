internal import ArgumentParser
internal import Harness
internal import LoopControl
internal import Reporting

/// `belljar score`: evaluates the tree as it stands, or a recorded one.
struct ScoreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "score", abstract: "Build and score the tree as it stands, in sandboxes.",
    discussion: """
      What the scorers' runs wrote is kept for the last ten times, to be scored again by scorers that were changed since:

        belljar score --again last

      A loop keeps its tries, not what their runs wrote, which would be up to 120 outputs a try. One is built and run once more by

        belljar score --try 7 [--loop 3]

      Exit codes: 0 all gates pass, 1 a gate fails or the build does, 65 a wrong harness file, 125 Belljar failed.
      """)
  @OptionGroup var recorded: LoopOptions
  @Option(
    name: .customLong("try"),
    help: ArgumentHelp(
      "Build, run and score a recorded try of a loop, in place of the tree; 0 is the loop's baseline.",
      valueName: "number"))
  var number: Int?
  @Flag(help: "Name the step, test, file and line that decided each score.") var explain = false
  @Option(
    help: ArgumentHelp(
      "Score what an earlier run wrote, without running anything of the tree: its number, or last.", valueName: "run"))
  var again: String?
  @Option(help: "text or json.") var format: OutputFormat = .text

  func validate() throws {
    if again != nil, number != nil { throw ValidationError("--again runs nothing, --try runs a try: one of them") }
    if let loop = recorded.loop, number == nil {
      guard let again else { throw ValidationError("--loop is for --try") }
      throw Self.notKept(again, loop)
    }
    guard let again, again != "last", Int(again) == nil else { return }
    let parts = again.split(separator: ":", omittingEmptySubsequences: false)
    if parts.count == 2, Int(parts[1]) != nil { throw Self.notKept("\(parts[1])", "\(parts[0])") }
    throw ValidationError("--again takes the number that `belljar score` told, or last")
  }

  private static func notKept(_ number: String, _ loop: String) -> ValidationError {
    ValidationError(
      "a loop keeps its tries, not what their runs wrote (up to 120 outputs a try): belljar score --try \(number) --loop "
        + "\(loop) builds and runs it once more, and keeps that")
  }

  func run() throws {
    let location = HarnessLocation(recorded.harness)
    location.requireTrust()
    let code: Int32
    do { code = try evaluate(location) } catch EvaluationFault.cancelled {
      Exit.failure("belljar score: cancelled", code: 130)
    } catch EvaluationFault.rejected(let why) {
      Exit.failure("belljar score: \(why)", code: 1)
    } catch { Exit.failure("belljar score: \(error)", code: 125) }
    Exit.now(code)
  }

  /// In a function of its own, so that everything it made is released before the process ends.
  private func evaluate(_ location: HarnessLocation) throws -> Int32 {
    let state = try location.state()
    let kept = try again.map { try KeptRun(number: Int($0) ?? KeptRun.numbers(in: state).last ?? 0, in: state) }
    let bench = try location.bench(state)
    if format == .text { for note in bench.notes { Exit.note("note: \(note)") } }
    let scores = try kept.map { try scoresAgain(bench, $0) } ?? scoresNow(bench, tree(bench))
    if format == .json {
      print(ScoreTable.json(scores, explained: explain).text)
    } else {
      print(ScoreTable.text(scores) + (explain ? ScoreTable.explanation(scores) : ""), terminator: "")
    }
    return scores.contains { $0.passed == false && $0.scorer.role != .info } ? 1 : 0
  }

  /// The recorded try that was asked for.
  private func tree(_ bench: Workbench) throws -> Specimen? {
    try number.map { try bench.specimen("try \($0)", of: RecordedLoop(recorded).tree(of: $0)) }
  }

  private func scoresNow(_ bench: Workbench, _ tree: Specimen?) throws -> [ScorerOutcome] {
    do {
      return try TreeScore.evaluate(bench, tree) {
        Exit.note("kept as run \($0); `belljar score --again \($0)` scores it without running it")
      }
    } catch EvaluationFault.rejected(let why) where explain {
      guard let place = SourcePlace.find(in: why, tree: tree?.tree ?? bench.base, root: bench.root) else {
        throw EvaluationFault.rejected(why)
      }
      throw EvaluationFault.rejected("\(why)\ndecided by \(place.file), line \(place.line)")
    }
  }

  private func scoresAgain(_ bench: Workbench, _ kept: KeptRun) throws -> [ScorerOutcome] {
    let (scores, left) = try TreeScore.again(bench, kept)
    for scorer in left {
      Exit.note("\(scorer.name): run \(kept.number) has no outputs of it to score\(Self.why(scorer)); it is left out")
    }
    guard !scores.isEmpty else {
      throw EvaluationFault.invalid("run \(kept.number) has nothing that the harness's scorers could score again")
    }
    return scores
  }

  /// Why there is never anything of a scorer to score again.
  private static func why(_ scorer: HarnessScorer) -> String {
    switch scorer.kind {
    case .benchmark: " (a time is gone with its run)"
    case .exitCode: " (an exit code says all)"
    case .command where scorer.isInteractive: " (its 'score' talks with the run)"
    case .judge where scorer.run == nil: " (it judges what the build left)"
    case .command, .tests, .metric, .judge: ""
    }
  }
}
