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
      let kept = try head.map { head in
        guard let digest = Digest(hex: head) else { throw ValidationError("--head takes 64 hexadecimal digits") }
        return digest
      }
      switch try recorded.ledger.verifyChain(loop: recorded.loop.id, head: kept) {
      case .broken(let fault): Exit.failure("loop \(recorded.loop.id): \(fault)", code: 1)
      case .intact(let report):
        let count = (report.head?.position ?? -1) + 1
        print("loop \(recorded.loop.id): \(count) records, unchanged; head \(report.head?.hash.description ?? "-")")
        if let place = report.keptHead, count > place + 1 {
          print("your head is record \(place); \(count - place - 1) were added after it")
        }
      }
    } catch { Exit.failure("belljar verify: \(error)", code: 125) }
  }
}
