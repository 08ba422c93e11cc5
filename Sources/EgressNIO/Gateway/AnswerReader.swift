internal import CLinux
internal import Egress
internal import Glibc
internal import NIOCore
internal import Scoring

/// Reads what an answer cost while it goes by: events of a stream line by line, or one JSON object at its end. Bounded: what is
/// too long to be looked at is let through, and its cost is then unknown.
struct AnswerReader {
  private let call: Call
  private let streams: Bool
  private var held: [UInt8] = []
  private var isLost = false
  private var usage: TokenUsage?
  private var isComplete = false

  private static let most = 16 << 20
  /// What stands in each event that matters. All of an answer is searched for them, so there are no more than needed.
  private let marks: [[UInt8]]

  /// - Parameter streams: Whether the answer is a stream of server-sent events.
  init(_ call: Call, streams: Bool) {
    self.call = call
    self.streams = streams
    let words =
      switch call {
      case .messages: ["usage", "message_stop"]
      case .responses, .chatCompletions, .countTokens: ["usage"]
      case .generateContent: ["usage", "finishReason", "blockReason"]
      }
    marks = words.map { Array($0.utf8) }
  }

  mutating func take(_ bytes: ByteBuffer) {
    guard !isLost else { return }
    bytes.withUnsafeReadableBytes { raw in
      if streams { takeLines(raw) } else { hold(raw) }
    }
  }

  /// Whether a stream has said all of its cost, in the event that ends it. (Of Chat Completions and Gemini no event is certain to be
  /// the last that counts: some servers tell a usage in each.)
  var isSettled: Bool { streams && isComplete && (call == .messages || call == .responses) }

  /// What the whole answer cost; nil where it doesn't say, or says nonsense.
  mutating func end() -> TokenUsage? {
    guard !isLost else { return nil }
    if streams {
      held.withUnsafeBytes { line($0) }
    } else {
      held.withUnsafeBytes { event($0) }
    }
    return isComplete ? usage : nil
  }

  private mutating func hold(_ raw: UnsafeRawBufferPointer) {
    guard held.count + raw.count <= Self.most else {
      (isLost, held) = (true, [])
      return
    }
    held.append(contentsOf: raw)
  }

  private mutating func takeLines(_ raw: UnsafeRawBufferPointer) {
    var rest = raw
    if !held.isEmpty {
      guard let piece = Self.line(from: &rest) else { return hold(raw) }
      hold(piece)
      let whole = held
      held = []
      whole.withUnsafeBytes { line($0) }
    }
    // Mostly nothing in it matters but the beginning of its last line.
    if isMarked(rest) {
      while !isLost, let piece = Self.line(from: &rest) { line(piece) }
    } else if let last = rest.lastIndex(of: 0x0A) {
      rest = UnsafeRawBufferPointer(rebasing: rest[(last + 1)...])
    }
    hold(rest)
  }

  /// Takes a line that has an end off the beginning.
  private static func line(from rest: inout UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
    guard let base = rest.baseAddress, let found = memchr(base, 0x0A, rest.count) else { return nil }
    let length = UnsafeRawPointer(found) - base
    defer { rest = UnsafeRawBufferPointer(rebasing: rest[(length + 1)...]) }
    return UnsafeRawBufferPointer(rebasing: rest[..<length])
  }

  /// One line of a stream; only `data` matters.
  private mutating func line(_ raw: UnsafeRawBufferPointer) {
    guard raw.starts(with: "data:".utf8) else { return }
    let data = UnsafeRawBufferPointer(rebasing: raw[5...])
    // Most lines are a few words of text, and have nothing to say about cost.
    if isMarked(data) { event(data) }
  }

  private func isMarked(_ bytes: UnsafeRawBufferPointer) -> Bool {
    marks.contains { mark in
      var rest = bytes
      while let base = rest.baseAddress, let found = linux_find(base, rest.count, mark, mark.count) {
        rest = UnsafeRawBufferPointer(rebasing: rest[(found - base + mark.count)...])
        // OpenAI's streams say in every event that its usage isn't known yet.
        if !Self.nothing.contains(where: { Self.begins(rest, with: $0) }) { return true }
      }
      return false
    }
  }

  /// How a mark goes on where there is nothing behind it.
  private static let nothing = ["\":null", "\": null"].map { Array($0.utf8) }

  private static func begins(_ bytes: UnsafeRawBufferPointer, with word: [UInt8]) -> Bool {
    guard let base = bytes.baseAddress, bytes.count >= word.count else { return false }
    return memcmp(base, word, word.count) == 0
  }

  private mutating func event(_ raw: UnsafeRawBufferPointer) {
    guard let event = try? StrictJSON.read(Array(raw), depth: 128) else { return }
    switch call {
    case .messages:
      guard streams else {
        take(anthropic: event["usage"])
        isComplete = event["type"]?.text == "message"
        return
      }
      switch event["type"]?.text {
      case "message_start": take(anthropic: event["message"]?["usage"])
      case "message_delta": take(anthropic: event["usage"])
      case "message_stop": isComplete = usage != nil
      default: break
      }
    case .responses:
      let response = streams ? event["response"] : event
      guard ["completed", "incomplete", "failed"].contains(response?["status"]?.text), let counts = response?["usage"],
        let all = counts["input_tokens"]?.count, let output = counts["output_tokens"]?.count
      else { return }
      let cached = counts["input_tokens_details"]?["cached_tokens"]?.count ?? 0
      (usage, isComplete) = (TokenUsage(input: max(0, all - cached), cacheRead: min(all, cached), output: output), true)
    case .chatCompletions:
      guard let counts = event["usage"], let all = counts["prompt_tokens"]?.count,
        let output = counts["completion_tokens"]?.count
      else { return }
      let cached = counts["prompt_tokens_details"]?["cached_tokens"]?.count ?? 0
      (usage, isComplete) = (TokenUsage(input: max(0, all - cached), cacheRead: min(all, cached), output: output), true)
    case .generateContent:
      if let counts = event["usageMetadata"], let all = counts["promptTokenCount"]?.count {
        let cached = counts["cachedContentTokenCount"]?.count ?? 0
        let tools = counts["toolUsePromptTokenCount"]?.count ?? 0
        let output = (counts["candidatesTokenCount"]?.count ?? 0) + (counts["thoughtsTokenCount"]?.count ?? 0)
        usage = TokenUsage(input: max(0, all - cached) + tools, cacheRead: min(all, cached), output: output)
      }
      if event["candidates"]?.items?.contains(where: { $0["finishReason"] != nil }) == true
        || event["promptFeedback"]?["blockReason"] != nil
      {
        isComplete = usage != nil
      }
    case .countTokens: break
    }
  }

  /// Counts grow from event to event, and some events leave some out: the largest stands.
  private mutating func take(anthropic counts: StrictJSON?) {
    guard let counts else { return }
    let long = counts["cache_creation"]?["ephemeral_1h_input_tokens"]?.count ?? 0
    let written = counts["cache_creation_input_tokens"]?.count ?? 0
    let before = usage ?? TokenUsage()
    usage = TokenUsage(
      input: max(before.input, counts["input_tokens"]?.count ?? 0),
      cacheRead: max(before.cacheRead, counts["cache_read_input_tokens"]?.count ?? 0),
      cacheWrite: max(before.cacheWrite, max(0, written - long)), cacheWriteLong: max(before.cacheWriteLong, long),
      output: max(before.output, counts["output_tokens"]?.count ?? 0))
  }
}
