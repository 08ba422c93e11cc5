internal import ArgumentParser

/// `belljar scorer`: write a scorer, try a scorer.
struct ScorerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scorer", abstract: "Begin a scorer of your own, and try it on candidates whose verdicts are known.",
    subcommands: [ScorerNewCommand.self, ScorerTestCommand.self])
}
