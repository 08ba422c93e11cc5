internal import ArgumentParser
internal import Glibc
internal import Harness
internal import Sandbox
internal import Scoring

/// `belljar doctor`: what this machine offers, what Belljar does about it, and what would help.
struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor", abstract: "Look at what this machine offers, by trying it.",
    discussion: "Exit codes: 0 everything that Belljar needs is there, 69 nothing can run.")

  @Option(help: "text or json.") var format: OutputFormat = .text

  func run() {
    let findings: [Finding]
    do {
      let state = try StateFolder.makeBase(UserEnvironment.values)
      findings = Machine(scratch: "\(state)/doctor-\(getpid())").examine()
    } catch { Exit.failure("belljar doctor: \(error)", code: 125) }
    Sandbox.cleanUp()
    print(format == .json ? Self.json(findings) : Self.text(findings))
    Exit.now(findings.contains { $0.state == .missing } ? 69 : 0)
  }

  private static func text(_ findings: [Finding]) -> String {
    let width = (findings.map(\.subject.count).max() ?? 0) + 2
    let margin = String(repeating: " ", count: width + 9)
    var lines: [String] = []
    for each in findings {
      let subject = each.subject + String(repeating: " ", count: width - each.subject.count)
      let state = each.state.rawValue + String(repeating: " ", count: 9 - each.state.rawValue.count)
      lines.append(subject + state + each.found)
      if !each.consequence.isEmpty { lines.append(margin + each.consequence) }
      if let remedy = each.remedy { lines.append(margin + "try: " + remedy) }
    }
    return lines.joined(separator: "\n")
  }

  private static func json(_ findings: [Finding]) -> String {
    let items = findings.map { each in
      "{\"subject\": \(StrictJSON.quoted(each.subject)), \"state\": \"\(each.state.rawValue)\", "
        + "\"found\": \(StrictJSON.quoted(each.found)), \"consequence\": \(StrictJSON.quoted(each.consequence)), "
        + "\"remedy\": \(each.remedy.map(StrictJSON.quoted) ?? "null")}"
    }
    return "[" + items.joined(separator: ",\n ") + "]"
  }
}
