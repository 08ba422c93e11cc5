import Testing

@testable import Agents

/// An end without its words.
enum EndKind: String, Sendable {
  case finished, refused, crashed, budget, usageLimit, authentication, network

  init(_ end: AgentEnd) {
    self =
      switch end {
      case .finished: .finished
      case .refused: .refused
      case .crashed: .crashed
      case .budget: .budget
      case .usageLimit: .usageLimit
      case .authentication: .authentication
      case .network: .network
      }
  }
}

@Suite("What real agents printed") struct TranscriptTests {
  static let ends: [(String, Int32, EndKind)] = [
    ("claude-edit", 0, .finished), ("claude-unauthorized", 1, .authentication),
    ("claude-forbidden", 1, .authentication), ("claude-quota", 1, .authentication),
    ("claude-rate-limit", 1, .usageLimit), ("claude-usage-limit", 1, .usageLimit),
    ("claude-spend-limit", 1, .usageLimit), ("claude-subscription-limit", 1, .usageLimit),
    ("claude-budget", 1, .budget), ("claude-turns", 1, .budget), ("claude-cost", 1, .budget),
    ("claude-overloaded", 1, .network), ("claude-error", 1, .network), ("claude-early-close", 1, .network),
    ("claude-unreachable", 1, .network), ("claude-broken-json", 1, .crashed), ("claude-refusal", 1, .refused),
    ("codex-edit", 0, .finished), ("codex-script", 0, .finished), ("codex-refusal", 0, .refused),
    ("codex-unauthorized", 1, .authentication), ("codex-forbidden", 1, .authentication),
    ("codex-quota", 1, .authentication), ("codex-rate-limit", 1, .usageLimit), ("codex-usage-limit", 1, .usageLimit),
    ("codex-overloaded", 1, .network), ("codex-error", 1, .network), ("codex-early-close", 1, .network),
    ("codex-broken-json", 1, .network), ("codex-unreachable", 1, .network),
    ("gemini-edit", 0, .finished), ("gemini-refusal", 1, .refused), ("gemini-unauthorized", 1, .authentication),
    ("gemini-rate-limit", 1, .usageLimit), ("gemini-budget", 1, .budget), ("gemini-turns", 53, .budget),
    ("gemini-overloaded", 1, .network), ("gemini-early-close", 1, .network),
  ]

  @Test("each failure is told apart, however the output is cut into pieces", arguments: ends)
  func end(name: String, exitCode: Int32, kind: EndKind) throws {
    let program = String(name.prefix { $0 != "-" })
    let bytes = try Transcript.of(name)
    for piece in [1, 7, 65536] {
      let trace = Transcript.read(bytes, by: program, exitCode: exitCode, piece: piece)
      #expect(EndKind(trace.end) == kind, "\(trace.end)")
    }
  }

  @Test("the end of a usage limit is found where it is said")
  func limits() throws {
    func until(_ name: String) throws -> UsageLimitEnd? {
      let program = String(name.prefix { $0 != "-" })
      guard case .usageLimit(_, let until) = Transcript.read(try Transcript.of(name), by: program, exitCode: 1).end
      else { return nil }
      return until
    }
    #expect(try until("claude-usage-limit") == .at(1_795_277_213))
    #expect(try until("claude-subscription-limit") == .at(1_795_277_213))
    #expect(try until("claude-spend-limit") == .at(1_798_761_600))
    #expect(try until("codex-usage-limit") == .at(1_795_277_220))
    #expect(try until("gemini-rate-limit") == .after(1.5))
    #expect(try until("claude-rate-limit") == nil)
  }

  @Test("Claude Code's session, words, tools and tokens")
  func claude() throws {
    let trace = Transcript.read(try Transcript.of("claude-edit"), by: "claude")
    #expect(trace.end == .finished("The speed is changed."))
    #expect(trace.session == "885cfefa-6862-49f9-a7ca-87a426738029")
    #expect(trace.model == "claude-sonnet-4-5")
    // As the API's stand-in counted them.
    #expect(trace.tokens == TokenCount(input: 4000, cached: 0, output: 400))
    #expect(trace.events.filter { $0.kind == .reasoning }.map(\.text) == ["Let me look."])
    let calls = trace.events.filter { $0.kind == .toolCall }
    #expect(calls.compactMap(\.name) == ["Bash", "Read", "Edit", "Write"])
    #expect(calls[2].text.contains(#""new_string":"speed = 12""#))
    let results = trace.events.filter { $0.kind == .toolResult }
    #expect(results.map(\.id) == calls.map(\.id))
    #expect(results.allSatisfy { !$0.isFailure })
    #expect(results[0].text.contains("code.txt"))
    #expect(trace.events.allSatisfy { $0.seconds == 2 })
  }

  @Test("Codex's session, words, tools and tokens", arguments: ["codex-edit", "codex-script"])
  func codex(name: String) throws {
    let trace = Transcript.read(try Transcript.of(name), by: "codex")
    #expect(trace.end == .finished("The speed is changed."))
    #expect(trace.session?.count == 36)
    #expect(trace.tokens == TokenCount(input: 3000, cached: 0, output: 300))
    let calls = trace.events.filter { $0.kind == .toolCall }
    #expect(calls.compactMap(\.name) == ["shell", "apply_patch", "apply_patch"])
    let results = trace.events.filter { $0.kind == .toolResult }
    #expect(results.count == 3 && results.allSatisfy { !$0.isFailure })
    #expect(results[0].text == "speed = 1\n")
  }

  @Test("Gemini CLI's session, words, tools and tokens")
  func gemini() throws {
    let trace = Transcript.read(try Transcript.of("gemini-edit"), by: "gemini")
    #expect(trace.end == .finished("The speed is changed."))
    #expect(trace.model == "gemini-2.5-pro")
    #expect(trace.tokens == TokenCount(input: 3000, cached: 0, output: 300))
    #expect(trace.events.compactMap(\.name) == ["gemini-2.5-pro", "read_file", "replace", "write_file"])
    #expect(
      trace.events.filter { $0.kind == .message }.map(\.text) == [
        "I will look first.", "Now the change.", "The speed is changed.",
      ])
  }

  @Test("what ended before its result has crashed, with the end of its standard error")
  func cut() throws {
    for name in ["claude-edit", "codex-edit", "gemini-edit"] {
      let bytes = try Transcript.of(name)
      let program = String(name.prefix { $0 != "-" })
      let half = Array(bytes.prefix(bytes.count * 2 / 3))
      for exitCode in [nil, 1] as [Int32?] {
        let trace = Transcript.read(half, by: program, exitCode: exitCode, errors: "warning\npanicked at main.rs\n")
        guard case .crashed(let why) = trace.end else {
          Issue.record("\(name): \(trace.end)")
          continue
        }
        #expect(why.contains("panicked at main.rs"))
      }
      guard case .crashed = Transcript.read(bytes, by: program, exitCode: 3).end else {
        Issue.record("\(name) ended with code 3 after its result")
        continue
      }
    }
  }
}
