internal import ArgumentParser
internal import Harness
internal import LoopControl
internal import Reporting
internal import StrictYAML

/// `belljar scorer test`: a harness's scorers on candidates whose verdicts are known.
struct ScorerTestCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "test", abstract: "Try a harness's scorers on the candidates that candidates/expected.yaml declares.",
    discussion: """
      Each candidate goes through build, scorers and accept rule as in a loop, with the unchanged tree as champion; then each
      scorer answers twice under one seed. What is wrong is said with what to do.

      Exit codes: 0 all is as declared, 1 it is not, 65 a wrong harness file or declaration, 125 Belljar failed.
      """)
  @Argument(help: "The folder with belljar.yaml and candidates/, or the file.") var folder = "."
  @Option(help: ArgumentHelp("Draws the same inputs again.", valueName: "n")) var seed: Int?
  @Option(help: "text or json.") var format: OutputFormat = .text

  func run() throws {
    let location = HarnessLocation(path: folder)
    location.requireTrust()
    let report: ScorerTestReport
    do { report = try test(location) } catch EvaluationFault.cancelled {
      Exit.failure("belljar scorer test: cancelled", code: 130)
    } catch let error as YAMLError {
      Exit.failure("\(error)", code: 65)
    } catch { Exit.failure("belljar scorer test: \(error)", code: 125) }
    print(format == .json ? ScorerTestText.json(report).text : ScorerTestText.text(report))
    Exit.now(report.isRight ? 0 : 1)
  }

  /// In a function of its own, so that everything it made is released before the process ends.
  private func test(_ location: HarnessLocation) throws -> ScorerTestReport {
    let candidates = try DeclaredCandidate.load(folder: location.folder)
    let display = ComparisonDisplay()
    defer { display.clear() }
    let (harness, unasked) = Self.withoutUnasked(location.file)
    let bench = try location.bench(harness: harness)
    for note in bench.notes { display.note("note: \(note)") }
    var random = SystemRandomNumberGenerator()
    let seed = seed ?? Int.random(in: 0..<1_000_000, using: &random)
    var test = ScorerTest(bench, candidates: candidates, seed: seed, unasked: unasked)
    test.progress = { display.show($0) }
    return try test.run()
  }

  /// The harness without the judges that can't be asked, by the scorers' names and why not.
  private static func withoutUnasked(_ file: HarnessFile) -> (HarnessFile, [(scorer: String, why: String)]) {
    var rest = file
    var unasked: [(scorer: String, why: String)] = []
    rest.scorers.removeAll { scorer in
      guard let agent = scorer.judge?.agent, let api = agent.api else { return false }
      do {
        _ = try ModelAccess(agent, api, environment: UserEnvironment.values)
        return false
      } catch {
        if case EvaluationFault.invalid(let why) = error {
          unasked.append((scorer.name, why))
        } else {
          unasked.append((scorer.name, "\(error)"))
        }
        return true
      }
    }
    return (rest, unasked)
  }
}
