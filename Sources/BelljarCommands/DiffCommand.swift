internal import ArgumentParser
internal import Glibc
internal import Ledger

/// `belljar diff`: the change between two iterations, as a patch.
struct DiffCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff", abstract: "Print the change of a loop as a patch for git apply.",
    discussion: "Without arguments: baseline to champion. With one: baseline to it. With two: the first to the second.")
  @OptionGroup var loop: LoopOptions
  @Argument(help: "Numbers of tries.") var iterations: [Int] = []

  func validate() throws {
    if iterations.count > 2 { throw ValidationError("at most two tries can be compared") }
  }

  func run() throws {
    do {
      let recorded = try RecordedLoop(loop)
      let new = iterations.last ?? recorded.loop.champion ?? 0
      let old = iterations.count == 2 ? iterations[0] : 0
      let patch = try recorded.patch(from: recorded.tree(of: old), to: recorded.tree(of: new))
      guard isatty(1) == 1 else {
        // A patch is bytes: in a pipe it goes out as it is.
        var done = 0
        while done < patch.count {
          let written = patch.withUnsafeBytes { write(1, $0.baseAddress.map { $0 + done }, patch.count - done) }
          if written <= 0 { break }
          done += written
        }
        return
      }
      print(TerminalText.safe(String(decoding: patch, as: UTF8.self)), terminator: "")
    } catch { Exit.failure("belljar diff: \(error)", code: 125) }
  }
}

/// Text from candidates for a terminal: escapes can't be acted on.
enum TerminalText {
  static func safe(_ text: String) -> String {
    var out = ""
    for scalar in text.unicodeScalars {
      if scalar == "\n" || scalar == "\t" || scalar.value >= 32 && !(127..<160).contains(scalar.value) {
        out.unicodeScalars.append(scalar)
      } else {
        out += "\\x" + String(scalar.value, radix: 16)
      }
    }
    return out
  }
}
