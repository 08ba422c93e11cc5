internal import ArgumentParser
internal import Digests
internal import Harness

/// `belljar trust`: the user's word, once, for a harness that asks for more than a stranger's file may have.
struct TrustCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trust", abstract: "Allow a harness file what it asks for beyond the built-in policies.",
    discussion: "Kept outside the project, by the file's digest and place: a change of the file asks again.")
  @OptionGroup var harness: HarnessOptions
  @Option(
    help: ArgumentHelp("The file as a commit has it: `belljar compare` runs that of its base.", valueName: "commit"))
  var revision: String?
  @Flag(help: "Show what is trusted, and change nothing.") var list = false

  func run() throws {
    do {
      let store = TrustStore(folder: try StateFolder.makeBase(HarnessLocation.environment))
      if list {
        for entry in try store.list() { print("\(entry.digest.description.prefix(12))  \(entry.path)") }
        return
      }
      let location = try revision.map { try HarnessLocation(harness, at: $0) } ?? HarnessLocation(harness)
      let demands = Trust.demands(of: location.file)
      guard !demands.isEmpty else { return print("\(location.path) asks for nothing that needs your word") }
      try store.trust(location.trustDigest(), path: location.path)
      print("trusted \(location.path):")
      for demand in demands { print("  - \(demand)") }
    } catch { Exit.failure("belljar trust: \(error)", code: 65) }
  }
}
