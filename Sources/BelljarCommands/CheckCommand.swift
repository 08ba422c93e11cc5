internal import Agents
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
    if let fault = location.file.shareFault(on: .machine) {
      Exit.failure("\(location.file.error(of: fault))", code: 65)
    }
    let bills = Bill.all(location.file)
    // A loop could not strike them out of what it stores.
    let short = location.file.secretStriker(UserEnvironment.values).tooShort
    guard format == .json else {
      print(HarnessExplanation.text(location.file), terminator: "")
      if !bills.isEmpty { print("\nwho pays") }
      let width = bills.map(\.agent.count).max() ?? 0
      for bill in bills {
        print("  \(bill.agent)\(String(repeating: " ", count: width - bill.agent.count))  \(bill.text)")
      }
      if !short.isEmpty { print("\nnot struck out of traces and logs") }
      for name in short {
        print("  \(name)  its value has fewer than \(SecretStriker.shortestValue) bytes and would be found everywhere")
      }
      return
    }
    let steps = location.file.steps.map { name, step in
      JSONValue.object([
        ("name", .string(name)), ("command", .list(step.command.arguments.map { .string($0) })),
        ("folder", JSONValue(step.folder)), ("network", .string("\(step.network)")),
        ("secrets", .list(step.secrets.map { .string($0) })), ("policy", .string("\(step.policy)")),
      ])
    }
    print(
      JSONValue.object([
        ("name", .string(location.file.name)), ("file", .string(location.path)), ("root", .string(location.root)),
        ("editable", .list(location.file.surface.editable.map { .string($0) })),
        ("hidden", .list(location.file.surface.hidden.map { .string($0) })), ("steps", .list(steps)),
        (
          "bills",
          .list(
            bills.map {
              .object([("agent", .string($0.agent)), ("found", .bool($0.isFound)), ("billed", .string($0.text))])
            })
        ),
        ("secrets_too_short", .list(short.map { .string($0) })),
        ("needs_trust", .list(Trust.demands(of: location.file).map { .string($0) })),
      ]).text)
  }
}

/// Which of the user's keys an agent's model is paid with. The key itself is read by nobody here.
private struct Bill {
  let agent: String
  let text: String
  let isFound: Bool

  static func all(_ file: HarnessFile) -> [Bill] {
    file.askers.compactMap { agent in
      guard let api = agent.api else { return nil }
      do {
        let access = try ModelAccess(agent, api, environment: UserEnvironment.values)
        return Bill(agent: agent.name, text: access.billed, isFound: true)
      } catch EvaluationFault.invalid(let why) {
        return Bill(agent: agent.name, text: why, isFound: false)
      } catch { return Bill(agent: agent.name, text: "\(error)", isFound: false) }
    }
  }
}
