internal import ArgumentParser
internal import Digests
internal import Ledger

/// `belljar verify`: recomputes the hash chain over a loop's records.
struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Check that a loop's record was not changed.",
    discussion:
      "With --head, printed at the loop's end and kept elsewhere, a cut tail or a chain computed anew is found too.")
  @OptionGroup var loop: LoopOptions
  @Option(help: ArgumentHelp("The head that the loop printed.", valueName: "hash")) var head: String?

  func run() throws {
    do {
      let recorded = try RecordedLoop(loop)
      if let broken = try recorded.ledger.verifyChain(loop: recorded.loop.id) {
        Exit.failure("loop \(recorded.loop.id): the record of try \(broken) was changed, removed or put in", code: 1)
      }
      let newest = try recorded.ledger.head(loop: recorded.loop.id)
      if let head {
        guard let wanted = Digest(hex: head) else { Exit.failure("--head takes 64 hexadecimal digits", code: 64) }
        guard newest?.hash == wanted else {
          Exit.failure("loop \(recorded.loop.id): the record does not end with \(head)", code: 1)
        }
      }
      print(
        "loop \(recorded.loop.id): \((newest?.number ?? -1) + 1) records, unchanged; head \(newest?.hash.description ?? "-")"
      )
    } catch { Exit.failure("belljar verify: \(error)", code: 125) }
  }
}
