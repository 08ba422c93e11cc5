#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// A scorer's process: from its arguments and environment to what it prints and its exit code.
enum ScorerProgram {
  struct End: Equatable {
    var code: Int32
    var output = ""
    var error = ""
  }

  static func run(_ scorer: any Scorer.Type, arguments: [String], environment: [String: String]) -> End {
    let usage = "usage: \(arguments.first ?? "scorer") prepare | score   (as the harness's steps of the same name)\n"
    guard arguments.count == 2 else { return End(code: 64, error: usage) }
    do {
      switch arguments[1] {
      case "prepare":
        guard let seed = environment["BELLJAR_SEED"].flatMap({ UInt64($0) }) else {
          throw ScorerError("BELLJAR_SEED is no number: is this the harness's 'prepare'?")
        }
        try scorer.prepare(ScorerFolder("BELLJAR_IN", in: environment), seed: seed)
        return End(code: 0)
      case "score":
        let run = ScoredRun(
          input: ScorerFolder("BELLJAR_IN", in: environment),
          output: ScorerFolder("BELLJAR_OUT", in: environment, isCandidates: true),
          tree: ScorerFolder("BELLJAR_TREE", in: environment, isCandidates: true))
        do { return End(code: 0, output: try scorer.score(run).text() + "\n") } catch let rejection as Rejection {
          return End(code: 0, output: try ScoreAnswer.reject(rejection.why).text() + "\n")
        }
      default: return End(code: 64, error: usage)
      }
    } catch { return End(code: 1, error: "\(arguments[1]): \(error)\n") }
  }

  static var environment: [String: String] {
    var values: [String: String] = [:]
    for name in ["BELLJAR_SEED", "BELLJAR_IN", "BELLJAR_OUT", "BELLJAR_TREE"] {
      if let value = getenv(name) { values[name] = String(cString: value) }
    }
    return values
  }

  static func end(_ end: End) -> Never {
    // An answer that came only in part must not pass for one.
    guard put(end.output, 1), put(end.error, 2) else { exit(1) }
    exit(end.code)
  }

  private static func put(_ text: String, _ descriptor: Int32) -> Bool {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
      if written < 0, errno == EINTR { continue }
      guard written > 0 else { return false }
      rest = rest.dropFirst(written)
    }
    return true
  }
}
