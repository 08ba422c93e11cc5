internal import Glibc
internal import Sandbox
internal import Workspace

/// Instructions: nearly the same at each run, and blind to caches, input and output, and parallelism.
///
/// The processor's own counter is read from outside, costs nothing, and is missing in many virtual machines. Valgrind's cachegrind
/// runs in the candidate's own sandbox and writes its log there, so its count is an inside number.
enum InstructionCount {
  /// Where the logs are written inside, one for each process.
  static let folder = "/counts"
  private static let places = ["/usr/bin/valgrind", "/usr/local/bin/valgrind"]

  /// What stands before the command.
  ///
  /// - Throws: `.invalid` where valgrind is not installed.
  static func wrapper(_ scorer: HarnessScorer) throws -> [String] {
    guard let program = places.first(where: { access($0, X_OK) == 0 }) else {
      throw EvaluationFault.invalid(
        "\(scorer.name): valgrind is not installed: apt-get install valgrind, or use 'counter: perf' or 'measure: cpu'")
    }
    // The cache simulation would take as long again, and its own file would tell no more.
    return [
      program, "--tool=cachegrind", "--cache-sim=no", "--branch-sim=no", "--trace-children=yes",
      "--cachegrind-out-file=/dev/null", "--log-file=\(folder)/%p",
    ]
  }

  /// The instructions of all processes of a run.
  ///
  /// - Throws: `.rejected` where a process left no count, `.invalid` where the processor didn't count.
  static func read(_ run: ScorerRun, _ scorer: HarnessScorer) throws -> Double {
    guard scorer.counter == .perf else { return try logged(run, scorer) }
    guard let counted = run.result.outcome.counted, counted > 0 else {
      throw EvaluationFault.invalid(
        "\(scorer.name): the processor didn't count all of the run: other programs hold its counters (perf, a watchdog); end "
          + "them, or use 'counter: valgrind'")
    }
    return Double(counted)
  }

  private static func logged(_ run: ScorerRun, _ scorer: HarnessScorer) throws -> Double {
    var total = 0.0
    let names = try UpperNames.list(run.counts ?? run.out, leftBy: "valgrind").filter { !$0.isFolder }
    for name in names {
      guard let path = TreePath(bytes: name.path),
        let bytes = try OutputFolder.read(run.counts ?? run.out, path, most: 1 << 20),
        let count = references(String(decoding: bytes, as: UTF8.self))
      else {
        throw EvaluationFault.rejected(
          "\(scorer.name): valgrind left no count of a process; did something kill it, or write over its log?")
      }
      total += count
    }
    guard total > 0 else {
      throw EvaluationFault.rejected("\(scorer.name): valgrind counted nothing")
    }
    return total
  }

  /// The number of the line `==7== I   refs:      1,234,567`.
  private static func references(_ text: String) -> Double? {
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ")
      guard words.count >= 4, words[1] == "I", words[2] == "refs:" else { continue }
      let digits = words[3].filter { $0 != "," }
      guard digits.allSatisfy({ $0.isASCII && $0.isNumber }), digits.count < 19 else { return nil }
      return Double(digits)
    }
    return nil
  }
}
