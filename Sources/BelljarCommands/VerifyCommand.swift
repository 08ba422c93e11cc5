internal import ArgumentParser
internal import Digests
internal import Ledger
internal import LoopControl

/// `belljar verify`: recomputes the hash chain over a loop's records, and reads the contents that they name.
struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Check that no record of a loop was changed.",
    discussion: """
      All loops of the checkout, or the one that --loop names. With --head, printed at a loop's end and kept elsewhere, a cut
      tail or a chain computed anew is found too. Contents are read as well, unless --records says not to. Exit codes: 0
      unchanged, 1 changed.
      """)
  @OptionGroup var loop: LoopOptions
  @Option(help: ArgumentHelp("The head that the loop printed.", valueName: "hash")) var head: String?
  @Flag(help: "Only the records, not the contents that they name.") var records = false

  func validate() throws {
    if let head, Digest(hex: head) == nil { throw ValidationError("--head takes 64 hexadecimal digits") }
  }

  func run() throws {
    do {
      let recorded = try RecordedLoop(loop)
      let kept = head.flatMap { Digest(hex: $0) }
      let loops = loop.loop == nil ? try recorded.ledger.loops(checkout: recorded.loop.start.checkout) : [recorded.loop]
      var contents = StoredContents(ledger: recorded.ledger, store: recorded.store)
      for each in loops {
        // Without a loop's name, the head is the latest loop's.
        let head = each.id == recorded.loop.id ? kept : nil
        let report: ChainReport
        switch try recorded.ledger.verifyChain(loop: each.id, head: head) {
        case .broken(let fault): Exit.failure("loop \(each.id): \(fault)", code: 1)
        case .intact(let found): report = found
        }
        if !records, let fault = try contents.fault(of: each) { Exit.failure("loop \(each.id): \(fault)", code: 1) }
        let count = (report.head?.position ?? -1) + 1
        print("loop \(each.id): \(count) records, unchanged; head \(report.head?.hash.description ?? "-")")
        if let place = report.keptHead, count > place + 1 {
          print("  your head is record \(place); \(count - place - 1) were added after it")
        }
      }
    } catch { Exit.failure("belljar verify: \(error)", code: 1) }
  }
}
