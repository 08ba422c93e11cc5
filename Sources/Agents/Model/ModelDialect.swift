internal import Scoring

/// The APIs that a model can be asked through.
package enum ModelDialect: String, Sendable, Hashable, CaseIterable {
  /// Anthropic's Messages.
  case anthropic
  /// OpenAI's Responses.
  case openAI = "openai"
  /// OpenAI's Chat Completions, which Ollama, vLLM, llama.cpp and many others speak.
  case openAIChat = "openai-chat"
  /// Gemini's generateContent.
  case gemini
}

/// A conversation with a model, from its beginning.
struct ModelConversation {
  struct Turn: Equatable {
    let isModel: Bool
    let text: String
  }

  var model: String
  var system: String
  var turns: [Turn]
  /// The most tokens of an answer; nil for what the API does by itself.
  var maximumOutput: Int?
}

/// What a model said.
struct ModelAnswer: Equatable {
  enum Stop: Equatable {
    case finished
    /// At the most tokens that it may write.
    case cut
    case refused(String)
    /// The API gave up; with its words.
    case failed(String)
  }

  var text = ""
  var reasoning = ""
  var stop = Stop.finished
  var tokens = TokenCount()
}

extension ModelDialect {
  /// Where and how an API is asked.
  ///
  /// - Throws: ``EditAgentError`` for a model's name that can't stand in a path, where it has to.
  func request(_ conversation: ModelConversation) throws -> (path: String, headers: [ModelHeader], body: [UInt8]) {
    switch self {
    case .anthropic:
      return ("/v1/messages", [ModelHeader("anthropic-version", "2023-06-01")], AnthropicMessages.body(conversation))
    case .openAI: return ("/v1/responses", [], OpenAIResponses.body(conversation))
    case .openAIChat: return ("/v1/chat/completions", [], OpenAIChat.body(conversation))
    case .gemini:
      let name = conversation.model
      let isOrdinary = name.utf8.allSatisfy { byte in
        (0x61...0x7A).contains(byte | 0x20) || (0x30...0x39).contains(byte) || "-_.".utf8.contains(byte)
      }
      guard isOrdinary, !name.isEmpty, name.first != "." else {
        throw EditAgentError("'\(name)' can't be the name of a Gemini model; write it like gemini-3-pro")
      }
      return ("/v1beta/models/\(name):generateContent", [], GeminiContent.body(conversation))
    }
  }

  /// Reads an answer of the status 200.
  ///
  /// - Throws: Where it isn't one of this API.
  func answer(_ body: [UInt8]) throws -> ModelAnswer {
    let root = try ReplyValue(body)
    let answer =
      switch self {
      case .anthropic: AnthropicMessages.answer(root)
      case .openAI: OpenAIResponses.answer(root)
      case .openAIChat: OpenAIChat.answer(root)
      case .gemini: GeminiContent.answer(root)
      }
    guard let answer else { throw EditAgentError("the answer isn't one of the API '\(rawValue)'") }
    return answer
  }
}

/// JSON in the order it is written.
enum RequestText {
  static func object(_ fields: [(String, String?)]) -> String {
    "{" + fields.compactMap { name, value in value.map { "\(StrictJSON.quoted(name)):\($0)" } }.joined(separator: ",")
      + "}"
  }

  static func list(_ values: [String]) -> String { "[" + values.joined(separator: ",") + "]" }

  static func string(_ text: String) -> String { StrictJSON.quoted(text) }

  static func number(_ number: Int?) -> String? { number.map { "\($0)" } }
}
