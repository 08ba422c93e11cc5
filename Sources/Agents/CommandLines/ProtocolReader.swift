internal import Scoring

/// Reads the protocol of `docs/agents.md`. A line that isn't of it is a message.
struct ProtocolReader: AgentOutputReader {
  private let now: @Sendable () -> Double
  private var result: StrictJSON?
  private var lastWords = ""

  init(now: @escaping @Sendable () -> Double) { self.now = now }

  mutating func read(_ line: [UInt8], seconds: Double) -> [TraceEvent] {
    guard case .object(let event) = AgentLine(line), let type = event["type"]?.text else {
      return say(String(decoding: line, as: UTF8.self), seconds)
    }
    if type == "result" {
      result = event
      return []
    }
    guard let kind = TraceEvent.Kind(rawValue: type) else {
      return say(String(decoding: line, as: UTF8.self), seconds)
    }
    // A tool's input may be an object; it is kept as it was written.
    let text = event["text"].map { $0.text ?? $0.written() } ?? ""
    if kind == .message { lastWords = text }
    let tokens =
      kind == .usage
      ? TokenCount(
        input: event["input"]?.count ?? 0, cached: event["cached"]?.count ?? 0, output: event["output"]?.count ?? 0)
      : nil
    return [
      TraceEvent(
        kind, seconds: seconds, text: text, name: event["name"]?.text, id: event["id"]?.text,
        isFailure: event["failed"]?.isTrue ?? false, tokens: tokens)
    ]
  }

  private mutating func say(_ text: String, _ seconds: Double) -> [TraceEvent] {
    guard !text.allSatisfy(\.isWhitespace) else { return [] }
    lastWords = text
    return [TraceEvent(.message, seconds: seconds, text: text)]
  }

  mutating func end(exitCode: Int32?, errorTail: String) -> AgentEnd {
    let words = result?["text"]?.text ?? lastWords
    switch result?["outcome"]?.text {
    case "finished"?: break
    case "refused"?: return .refused(words)
    case "budget"?: return .budget(words)
    case "usage_limit"?: return .usageLimit(words, until: limitEnd(words))
    case "authentication"?: return .authentication(words)
    case "network"?: return .network(words)
    case "failed"?: return .crashed(words)
    case let other?: return .crashed("its result has an outcome that isn't known: \(other.prefix(60))")
    // A program that knows nothing of the protocol is told by its exit code alone.
    case nil:
      if result != nil { return .crashed("its result has no outcome") }
    }
    guard let exitCode else { return .crashed(ProgramEnd.killed(errorTail)) }
    guard exitCode == 0 else {
      return .crashed(
        result == nil
          ? ProgramEnd.withoutResult(exitCode, errorTail) : ProgramEnd.afterResult(exitCode, errorTail))
    }
    return .finished(words)
  }

  /// `until` in seconds since 1970, or `after` in seconds from now; otherwise as the text says.
  private func limitEnd(_ words: String) -> UsageLimitEnd? {
    if let at = result?["until"]?.number, at > 0, at < 1e11 { return .at(at) }
    if let after = result?["after"]?.number, after >= 0, after < 1e9 { return .after(after) }
    return UsageLimitTime.read(words, now: now())
  }
}
