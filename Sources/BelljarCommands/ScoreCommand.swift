internal import ArgumentParser
internal import Harness
internal import LoopControl
internal import Reporting

/// `belljar score`: evaluates the tree as it stands.
struct ScoreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "score", abstract: "Build and score the tree as it stands, in sandboxes.",
    discussion:
      "Exit codes: 0 all gates pass, 1 a gate fails or the build does, 65 a wrong harness file, 125 Belljar failed.")
  @OptionGroup var harness: HarnessOptions
  @Option(help: "text or json.") var format: OutputFormat = .text

  func run() throws {
    let location = HarnessLocation(harness)
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
    let bench = try Workbench(
      harness: location.file, folder: location.folder, root: location.root, state: location.state(),
      cancellation: Interrupts.cancellation())
    let scores = try TreeScore.evaluate(bench)
    if format == .json {
      print(ScoreTable.json(scores).text)
    } else {
      for note in bench.notes { Exit.note("note: \(note)") }
      print(ScoreTable.text(scores), terminator: "")
    }
    return scores.contains { $0.passed == false && $0.scorer.role != .info } ? 1 : 0
  }
}
