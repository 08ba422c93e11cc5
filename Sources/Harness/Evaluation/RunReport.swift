package import Digests
package import Sandbox

/// One sandbox run of an evaluation, as the ledger keeps it.
package struct RunReport: Sendable {
  /// The step: `build`, or a scorer's name with `.prepare`, `.run` or `.score`.
  package var step: String
  /// Whose tree: `candidate` or `champion`.
  package var side: String
  package var outcome: Outcome
  package var outputTail: String
  package var errorTail: String
  package var outputDigest: Digest?

  init(step: String, side: String, result: Sandbox.Result) {
    self.step = step
    self.side = side
    outcome = result.outcome
    outputTail = Self.tail(result.output)
    errorTail = Self.tail(result.error)
    outputDigest = result.output.digest
  }

  /// What helps to see why a run failed: the end of what it printed, and which calls it was denied.
  static func why(_ result: Sandbox.Result, _ stream: CapturedStream) -> String {
    ([tail(stream), result.outcome.deniedText] + result.advice).filter { !$0.isEmpty }.map { "\n\($0)" }.joined()
  }

  /// The last lines of a stream, at most 2,000 characters.
  static func tail(_ stream: CapturedStream) -> String {
    // Not `stream.text`: of a test run the head may be tens of megabytes.
    let isWhole = stream.count <= stream.head.count + stream.tail.count
    let bytes = isWhole ? Array(stream.head.suffix(8_000)) + stream.tail : stream.tail
    return String(String(decoding: bytes.suffix(8_000), as: UTF8.self).suffix(2000))
  }
}
