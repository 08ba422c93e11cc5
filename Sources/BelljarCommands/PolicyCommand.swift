internal import ArgumentParser
internal import Sandbox

/// `belljar policy list`: the built-in policies.
struct PolicyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "policy", abstract: "Look at sandbox policies.", subcommands: [List.self])

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List the built-in policies.")

    func run() throws {
      for name in Policy.builtInNames {
        let policy = try Policy.builtIn(name)
        print("\(name)\(String(repeating: " ", count: max(1, 8 - name.count)))\(policy.about)")
      }
    }
  }
}
