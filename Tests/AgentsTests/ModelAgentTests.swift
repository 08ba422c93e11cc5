import Digests
import Scoring
import Synchronization
import Testing
import Workspace

@testable import Agents

/// An API that gives the answers of a test, one after another, and keeps what it was asked.
final class ScriptedAPI: ModelTransport {
  struct Silence: Error {}

  private let replies: Mutex<[ModelReply]>
  private let log = Mutex<[(path: String, body: String)]>([])

  init(_ replies: [ModelReply]) { self.replies = Mutex(replies) }

  var asked: [(path: String, body: String)] { log.withLock { $0 } }

  func send(path: String, headers: [ModelHeader], body: [UInt8]) throws -> ModelReply {
    // What is sent is one strict JSON value.
    _ = try StrictJSON.read(body, depth: 64)
    log.withLock { $0.append((path, String(decoding: body, as: UTF8.self))) }
    return try replies.withLock { replies in
      if replies.isEmpty { throw Silence() }
      return replies.removeFirst()
    }
  }
}

@Suite("The model agent") struct ModelAgentTests {
  static let change = "Faster.\nFILE src/a.c\n<<<<<<< SEARCH\nold\n=======\nnew\n>>>>>>> REPLACE\n"

  static func reply(_ body: String, status: Int = 200, headers: [ModelHeader] = []) -> ModelReply {
    ModelReply(status: status, headers: headers, body: Array(body.utf8))
  }

  /// An answer as each API gives it: 12 tokens in, 4 of them cached, 7 out.
  static func answer(_ dialect: ModelDialect, _ text: String, stop: String? = nil) -> ModelReply {
    let text = StrictJSON.quoted(text)
    return switch dialect {
    case .anthropic:
      reply(
        #"{"type":"message","content":[{"type":"thinking","thinking":"hm"},{"type":"text","text":\#(text)}],"stop_reason":"\#(stop ?? "end_turn")","usage":{"input_tokens":5,"cache_read_input_tokens":4,"cache_creation_input_tokens":3,"output_tokens":7}}"#
      )
    case .openAI:
      reply(
        #"{"status":"\#(stop ?? "completed")","output":[{"type":"reasoning","summary":[{"type":"summary_text","text":"hm"}]},{"type":"message","content":[{"type":"output_text","text":\#(text)}]}],"usage":{"input_tokens":12,"input_tokens_details":{"cached_tokens":4},"output_tokens":7}}"#
      )
    case .openAIChat:
      reply(
        #"{"choices":[{"message":{"role":"assistant","content":\#(text),"reasoning_content":"hm"},"finish_reason":"\#(stop ?? "stop")"}],"usage":{"prompt_tokens":12,"prompt_tokens_details":{"cached_tokens":4},"completion_tokens":7}}"#
      )
    case .gemini:
      reply(
        #"{"candidates":[{"content":{"parts":[{"text":"hm","thought":true},{"text":\#(text)}]},"finishReason":"\#(stop ?? "STOP")"}],"usageMetadata":{"promptTokenCount":12,"cachedContentTokenCount":4,"candidatesTokenCount":5,"thoughtsTokenCount":2}}"#
      )
    }
  }

  static func propose(
    _ replies: [ModelReply], _ dialect: ModelDialect = .anthropic, model: String = "m1", text: String = "old\n"
  ) throws -> (work: ModelWork, api: ScriptedAPI) {
    let api = ScriptedAPI(replies)
    let agent = ModelAgent(dialect, model: model, transport: api, clock: { 1.5 }, wait: { _ in })
    return (agent.propose(try task(["src/a.c": text])), api)
  }

  static func texts(_ work: ModelWork) -> [String: String] {
    Dictionary(uniqueKeysWithValues: work.files.map { ("\($0.key)", String(decoding: $0.value, as: UTF8.self)) })
  }

  @Test(
    "each API is asked in its own words, and its answer read",
    arguments: zip(
      ModelDialect.allCases,
      ["/v1/messages", "/v1/responses", "/v1/chat/completions", "/v1beta/models/m1:generateContent"]))
  func dialects(dialect: ModelDialect, path: String) throws {
    let (work, api) = try Self.propose([Self.answer(dialect, Self.change)], dialect)
    #expect(Self.texts(work) == ["src/a.c": "new\n"])
    #expect(work.end == .finished("Faster."))
    #expect(work.tokens == TokenCount(input: 12, cached: 4, output: 7))
    #expect(work.events.map(\.kind) == [.session, .reasoning, .message, .usage])
    #expect(work.events[1].text == "hm" && work.events[2].text == Self.change && work.events[2].seconds == 1.5)
    #expect(api.asked.map(\.path) == [path])
    #expect(api.asked[0].body.contains("Improve it.") && api.asked[0].body.contains("FILE src/a.c"))
    #expect(api.asked[0].body.contains("m1") == (dialect != .gemini))
  }

  @Test("what can't be applied is fed back once, and what could be is kept")
  func feedback() throws {
    let first = Self.change + "FILE src/b.c\n<<<<<<< SEARCH\nnot there\n=======\nx\n>>>>>>> REPLACE\n"
    let second = "FILE src/b.c\n<<<<<<< WHOLE\nb\n>>>>>>> WHOLE\n"
    for dialect in ModelDialect.allCases {
      let (work, api) = try Self.propose([Self.answer(dialect, first), Self.answer(dialect, second)], dialect)
      #expect(Self.texts(work) == ["src/a.c": "new\n", "src/b.c": "b\n"])
      #expect(work.tokens == TokenCount(input: 24, cached: 8, output: 14))
      #expect(api.asked.count == 2 && api.asked[1].body.contains("couldn't be used"))
      #expect(api.asked[1].body.contains("The other 1 block(s) were applied"))
    }
  }

  @Test(
    "after a second answer that can't be used it fails with the reason, and changes nothing",
    arguments: ["FILE fixed.c\n<<<<<<< WHOLE\nx\n>>>>>>> WHOLE\n", "FILE src/a.c\n<<<<<<< WHOLE\nx\n"])
  func twice(text: String) throws {
    let (work, api) = try Self.propose([Self.answer(.anthropic, Self.change + text), Self.answer(.anthropic, text)])
    #expect(work.files.isEmpty && api.asked.count == 2)
    guard case .crashed(let why) = work.end else { return #expect(Bool(false), "\(work.end)") }
    #expect(why.contains("couldn't be applied"))
  }

  @Test("an answer that was cut off is asked for once more")
  func cut() throws {
    for (dialect, stop) in zip(ModelDialect.allCases, ["max_tokens", "incomplete", "length", "MAX_TOKENS"]) {
      let half = Self.answer(dialect, "FILE src/a.c\n<<<<<<< WHOLE\nhal", stop: stop)
      let (work, _) = try Self.propose([half, Self.answer(dialect, Self.change)], dialect)
      #expect(Self.texts(work) == ["src/a.c": "new\n"])
      #expect(try Self.propose([half, half], dialect).work.files.isEmpty)
    }
  }

  @Test("a question's answer is short, and asked for without the limit where it was cut off by it")
  func question() throws {
    func ask(_ replies: [ModelReply], _ dialect: ModelDialect) -> (work: ModelWork, asked: [String]) {
      let api = ScriptedAPI(replies)
      let agent = ModelAgent(dialect, model: "m1", transport: api, clock: { 1 }, wait: { _ in })
      return (agent.answer(system: "s", question: "q", maximum: 321), api.asked.map(\.body))
    }
    for (dialect, stop) in zip(ModelDialect.allCases, ["max_tokens", "incomplete", "length", "MAX_TOKENS"]) {
      let cut = Self.answer(dialect, "thinki", stop: stop)
      let once = ask([Self.answer(dialect, "yes")], dialect)
      #expect(once.work.end == .finished("yes") && once.asked.count == 1 && once.asked[0].contains("321"))
      let twice = ask([cut, Self.answer(dialect, "yes")], dialect)
      #expect(twice.work.end == .finished("yes") && twice.work.tokens == TokenCount(input: 24, cached: 8, output: 14))
      #expect(twice.asked[0].contains("321") && !twice.asked[1].contains("321"))
      let told = twice.work.events.filter { $0.kind == .error }.map(\.text)
      #expect(told == ["the answer was cut off at 321 tokens; it is asked for once more, without this limit"])
      // Not without end.
      let never = ask([cut, cut, cut], dialect)
      #expect(never.work.end == .finished("thinki") && never.asked.count == 2)
    }
  }

  @Test("a model that changes nothing, said or unsaid, has finished")
  func nothing() throws {
    let (said, first) = try Self.propose([Self.answer(.gemini, "It is fast.\nNO CHANGE")], .gemini)
    #expect(said.files.isEmpty && said.end == .finished("It is fast. NO CHANGE") && first.asked.count == 1)
    let silence = Self.answer(.gemini, "Well.")
    let (unsaid, second) = try Self.propose([silence, silence], .gemini)
    #expect(unsaid.files.isEmpty && unsaid.end == .finished("Well.") && second.asked.count == 2)
  }

  @Test("a refusal is one, whoever makes it")
  func refusals() throws {
    let refusals: [(ModelDialect, ModelReply)] = [
      (.anthropic, Self.answer(.anthropic, "I won't.", stop: "refusal")),
      (
        .openAI,
        Self.reply(
          #"{"status":"completed","output":[{"type":"message","content":[{"type":"refusal","refusal":"No."}]}]}"#)
      ),
      (.openAIChat, Self.reply(#"{"choices":[{"message":{"content":null,"refusal":"No."},"finish_reason":"stop"}]}"#)),
      (.openAIChat, Self.answer(.openAIChat, "", stop: "content_filter")),
      (.gemini, Self.answer(.gemini, "", stop: "SAFETY")),
      (.gemini, Self.reply(#"{"promptFeedback":{"blockReason":"OTHER"},"usageMetadata":{"promptTokenCount":3}}"#)),
    ]
    for (dialect, reply) in refusals {
      let (work, api) = try Self.propose([reply], dialect)
      guard case .refused = work.end else { return #expect(Bool(false), "\(dialect): \(work.end)") }
      #expect(api.asked.count == 1)
    }
  }

  @Test(
    "failures are told apart",
    arguments: [
      (401, #"{"error":{"type":"authentication_error","message":"no"}}"#, "authentication"),
      (403, "", "authentication"),
      (402, #"{"error":{"type":"billing_error","message":"used up"}}"#, "budget"),
      (429, #"{"error":{"message":"no credit","type":"insufficient_quota","code":"insufficient_quota"}}"#, "budget"),
      (400, #"{"error":{"message":"Your credit balance is too low to access the API"}}"#, "budget"),
      (429, #"{"error":{"message":"slow down","type":"rate_limit_error"}}"#, "limit"),
      (529, #"{"error":{"type":"overloaded_error","message":"full"}}"#, "network"),
      (503, "<html>busy</html>", "network"),
      (502, "", "network"), (504, "", "network"), (408, "", "network"), (400, #"{"error":"bad model"}"#, "crashed"),
      (404, #"{"detail":"no"}"#, "crashed"), (413, "\u{1b}[31m", "crashed"), (200, "not JSON", "crashed"),
      (200, "{}", "crashed"), (200, #"{"type":"message","type":"message"}"#, "crashed"), (302, "", "crashed"),
    ])
  func failures(status: Int, body: String, expected: String) throws {
    let replies = Array(repeating: Self.reply(body, status: status), count: 4)
    let (work, api) = try Self.propose(replies)
    let name =
      switch work.end {
      case .finished: "finished"
      case .refused: "refused"
      case .crashed: "crashed"
      case .budget: "budget"
      case .usageLimit: "limit"
      case .authentication: "authentication"
      case .network: "network"
      }
    #expect(name == expected, "\(work.end)")
    #expect(work.files.isEmpty && work.events.last?.kind == .error)
    #expect(work.events.last?.text.unicodeScalars.contains { $0.value < 32 } == false)
    // Only what is overloaded is asked again.
    #expect(api.asked.count == ([503, 529].contains(status) ? 3 : 1))
  }

  @Test("an API that is overloaded for a moment is asked again")
  func overloaded() throws {
    let (work, api) = try Self.propose([Self.reply("", status: 529), Self.answer(.anthropic, Self.change)])
    #expect(Self.texts(work) == ["src/a.c": "new\n"] && api.asked.count == 2)
  }

  @Test("no answer at all is the network's fault")
  func silence() throws {
    guard case .network = try Self.propose([]).work.end else { return #expect(Bool(false)) }
  }

  @Test("the end of a usage limit is read wherever an API says it")
  func limitEnds() throws {
    let delay =
      #"{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","message":"quota","details":[{"retryDelay":"34s"}]}}"#
    let cases: [([ModelHeader], String, UsageLimitEnd?)] = [
      ([ModelHeader("Retry-After", "17")], "", .after(17)), ([ModelHeader("retry-after-ms", "1500")], "", .after(1.5)),
      ([ModelHeader("anthropic-ratelimit-unified-reset", "1800000000")], "", .at(1_800_000_000)),
      ([], delay, .after(34)),
      ([ModelHeader("retry-after", "-5")], "", nil), ([ModelHeader("retry-after", "nan")], "{}", nil),
      ([ModelHeader("retry-after", "1e300")], "", nil), ([], "", nil),
    ]
    for (headers, body, expected) in cases {
      let end = try Self.propose([Self.reply(body, status: 429, headers: headers)]).work.end
      guard case .usageLimit(_, let until) = end else { return #expect(Bool(false), "\(end)") }
      #expect(until == expected)
    }
  }

  @Test("the gateway's own words for a spent budget are no usage limit")
  func spent() throws {
    let body =
      #"{"error":{"code":429,"message":"belljar: the cost budget of this loop is used up","status":"RESOURCE_EXHAUSTED"}}"#
    let reply = Self.reply(body, status: 429, headers: [ModelHeader("X-Should-Retry", "false")])
    guard case .budget = try Self.propose([reply], .gemini).work.end else { return #expect(Bool(false)) }
  }

  @Test("a local model's thoughts are no part of its answer")
  func thoughts() throws {
    let text = "<think>\nFILE src/a.c?\n</think>\n" + Self.change
    let (work, _) = try Self.propose([Self.answer(.openAIChat, text)], .openAIChat)
    #expect(Self.texts(work) == ["src/a.c": "new\n"])
    #expect(work.events.contains { $0.kind == .reasoning && $0.text.contains("src/a.c?") })
  }

  @Test("a model's name that would lead to another path isn't sent")
  func names() throws {
    for name in ["../x", "a/b", "", "a:b", "a?b", "models/../files"] {
      let (work, api) = try Self.propose([], .gemini, model: name)
      guard case .crashed = work.end else { return #expect(Bool(false)) }
      #expect(api.asked.isEmpty)
    }
  }

  @Test("its changes keep what was executable, and are newer than what they replace")
  func changes() throws {
    let folder = "/tmp/belljar-model-\(UInt64.random(in: 0 ... .max))"
    defer { try? TreeRemoval.removeTree(folder) }
    let store = try ObjectStore(root: folder)
    let (path, new) = (try #require(TreePath("run")), try #require(TreePath("new.sh")))
    let tree = Tree([Tree.Item(path, Entry(.file(Digest(of: []), executable: true, size: 0), modified: 5_000_000_000))])
    let work = ModelWork(files: [path: Array("x".utf8), new: Array("#!/bin/sh\n".utf8)], events: [])
    let changes = try work.changes(to: tree, store: store, now: 4)
    for (path, bytes) in work.files {
      guard case .write(let entry)? = changes[path], case .file(let digest, true, bytes.count) = entry.kind else {
        return #expect(Bool(false), "\(path)")
      }
      #expect(try store.read(digest) == bytes)
      #expect(path == new ? entry.modified == 4 : entry.modified > 5_000_000_000)
    }
  }
}
