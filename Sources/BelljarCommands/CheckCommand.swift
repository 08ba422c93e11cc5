internal import ArgumentParser
internal import Harness
internal import Reporting

/// `belljar check`: reads a harness file and explains it, without running anything.
struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Read a harness file and say what it would do, without running anything.",
    discussion: "Exit codes: 0 the file is right, 65 it is not (the message has line and column).")
  @OptionGroup var harness: HarnessOptions
  @Option(help: "text or json.") var format: OutputFormat = .text

  func run() throws {
    let location = HarnessLocation(harness)
    location.warnOfNoise()
    guard format == .json else { return print(HarnessExplanation.text(location.file), terminator: "") }
    let steps = location.file.steps.map { name, step in
      JSONValue.object([
        ("name", .string(name)), ("command", .list(step.command.arguments.map { .string($0) })),
        ("folder", JSONValue(step.folder)), ("network", .string(step.network.rawValue)),
        ("secrets", .list(step.secrets.map { .string($0) })), ("policy", .string("\(step.policy)")),
      ])
    }
    print(
      JSONValue.object([
        ("name", .string(location.file.name)), ("file", .string(location.path)), ("root", .string(location.root)),
        ("editable", .list(location.file.surface.editable.map { .string($0) })),
        ("hidden", .list(location.file.surface.hidden.map { .string($0) })), ("steps", .list(steps)),
        ("needs_trust", .list(Trust.demands(of: location.file).map { .string($0) })),
      ]).text)
  }
}
