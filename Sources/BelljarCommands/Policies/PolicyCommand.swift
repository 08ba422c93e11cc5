internal import ArgumentParser

/// `belljar policy`: look at policies, check one, learn one.
struct PolicyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "policy", abstract: "Look at sandbox policies, check one, learn one.",
    subcommands: [PolicyList.self, PolicyShow.self, PolicyCheck.self, PolicyLearn.self])
}
