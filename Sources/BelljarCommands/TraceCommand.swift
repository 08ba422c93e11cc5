internal import Agents
internal import ArgumentParser
internal import Digests
internal import Glibc
internal import Ledger
internal import LoopControl
internal import Reporting
internal import Workspace

/// `belljar trace`: what agents said and did, over all tries of a loop.
struct TraceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trace", abstract: "Search what agents said and did.", subcommands: [TraceGrepCommand.self])
}

/// `belljar trace grep`: the lines of a loop's traces that hold a pattern.
struct TraceGrepCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "grep", abstract: "Find a pattern in the traces of a loop.",
    discussion: """
      Prints TRY:STEP:SECONDS KIND: LINE for each line that holds the pattern: . [a-z] ( | ) * + ? {2,5} ^ $ and \\d \\w \\s
      \\b are understood; --fixed takes it as a text. The time is in proportion to the traces' length, whatever is in them.
      `belljar show TRY --trace` shows all of one. Exit codes: 0 found, 1 not found, 2 an error.
      """)
  @OptionGroup var loop: LoopOptions
  @Argument(help: "The pattern.") var pattern: String
  @Flag(name: .customLong("ignore-case"), help: "Take capital and small letters for the same.") var ignoresCase = false
  @Flag(name: .customLong("fixed"), help: "The pattern is a text, not an expression.") var isFixed = false
  @Option(name: .short, help: ArgumentHelp("Print at most so many lines.", valueName: "n")) var n: Int?

  func validate() throws {
    if let n, n < 0 { throw ValidationError("-n takes a number from 0 up") }
    do { _ = try compiled() } catch { throw ValidationError("the pattern can't be read: \(error)") }
  }

  func run() throws {
    do {
      let recorded = try RecordedLoop(loop)
      let search = TraceSearch(try compiled())
      let removed = try StoredContents.removed(recorded.ledger, loop: recorded.loop.id)
      var places: [AgentStepRecord.Place] = []
      try recorded.ledger.eachTrace(loop: recorded.loop.id) { places.append($0) }
      var (found, hasFailed) = (0, false)
      for place in places where found < n ?? .max {
        if !recorded.store.contains(place.trace), removed.contains(where: { $0.contains(place.iteration) }) { continue }
        do {
          for event in try TraceRecord(stored: recorded.store.read(place.trace)).events where found < n ?? .max {
            for line in search.lines(of: event).prefix((n ?? .max) - found) {
              found += 1
              print(
                "\(place.iteration):\(Figures.line(place.name)):\(Figures.fixed(event.seconds, 1)) \(line)")
            }
          }
        } catch {
          hasFailed = true
          Exit.note("belljar trace grep: try \(place.iteration), step '\(place.name)': \(error)")
        }
      }
      Exit.now(hasFailed ? 2 : found > 0 ? 0 : 1)
    } catch { Exit.failure("belljar trace grep: \(error)", code: 2) }
  }

  private func compiled() throws -> TracePattern {
    try TracePattern(pattern, isFixed: isFixed, ignoresCase: ignoresCase)
  }
}
