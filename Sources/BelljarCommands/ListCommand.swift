internal import ArgumentParser
internal import Harness
internal import Ledger
internal import LoopControl
internal import Reporting

/// `belljar list`: the loops of this checkout.
struct ListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "list", abstract: "List the loops of this checkout.")
  @OptionGroup var harness: HarnessOptions
  @Option(help: "text or json.") var format: OutputFormat = .text

  func run() throws {
    do {
      let root = HarnessLocation.root(harness)
      let state = try StateFolder(checkout: root, environment: HarnessLocation.environment)
      let loops = try Ledger(path: state.ledger).loops(checkout: root)
      let latest = loops.map(\.id).max()
      let held = LoopShare.held(state.path)
      if format == .json {
        print(JSONValue.list(loops.map { Self.json($0, held: $0.id == latest ? held : nil) }).text)
        return
      }
      defer {
        for (name, held) in LoopShare.running(beside: state.path) {
          print("also runs, in \(Figures.line(name)): \(held) (process \(held.process))")
        }
      }
      if loops.isEmpty { return Exit.note("no loop has run here yet; `belljar loop` starts one") }
      let width = min(30, loops.map(\.start.agent.count).max() ?? 0) + 1
      print("LOOP  NAME              \(Figures.pad("AGENT", width)) STARTED               CHAMPION  ENDED")
      let isRunning = LoopLock.holder(state.path) != nil
      let runs = "runs now" + (held.map { ": \($0)" } ?? "")
      for loop in loops {
        // Only the last can be the one that runs.
        let end = loop.endReason ?? (isRunning && loop.id == latest ? runs : "killed")
        print(
          "\(Figures.pad("\(loop.id)", 4))  \(Figures.pad(Figures.line(loop.start.name, most: 16), 16))  "
            + "\(Figures.pad(Figures.line(loop.start.agent, most: width), width)) \(Moments.text(loop.start.started))  "
            + "\(Figures.pad(loop.champion.map { "\($0)" } ?? "-", 8))  \(Figures.line(end))"
        )
      }
    } catch { Exit.failure("belljar list: \(error)", code: 125) }
  }

  private static func json(_ loop: LoopRecord, held: LoopShare.Held?) -> JSONValue {
    .object([
      ("loop", .int(Int(loop.id))), ("name", .string(loop.start.name)), ("checkout", .string(loop.start.checkout)),
      ("strategy", .string(loop.start.strategy)), ("agent", .string(loop.start.agent)),
      ("started", .string(Moments.text(loop.start.started))), ("ended", JSONValue(loop.ended.map(Moments.text))),
      ("end_reason", JSONValue(loop.endReason)), ("champion", JSONValue(loop.champion)),
      ("share", held.map { StatusText.json($0) } ?? .null),
    ])
  }
}
