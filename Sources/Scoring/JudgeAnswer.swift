/// What a judge answered: `{"score": 0.8, "reason": "..."}`, and nothing else.
package struct JudgeAnswer: Sendable, Hashable {
  package let score: Double
  /// In the judge's words.
  package let reason: String

  /// The most characters that a reason has.
  package static let reasonLimit = 1000
  /// The most bytes of an answer.
  private static let sizeLimit = 64 << 10

  package init(score: Double, reason: String) {
    self.score = score
    self.reason = reason
  }

  /// Reads the words of a judge: one object with a score from 0 to `scale` and a reason. A fence of three backticks may stand
  /// around it, as many models can't be talked out of one.
  ///
  /// - Throws: ``JudgeAnswerError``, in words that the judge can be told.
  package static func read(_ text: String, scale: Double) throws(JudgeAnswerError) -> JudgeAnswer {
    guard text.utf8.count <= sizeLimit else {
      throw JudgeAnswerError("it has \(text.utf8.count) bytes, more than \(sizeLimit)")
    }
    let json: StrictJSON
    do { json = try StrictJSON.read(Array(unfenced(text).utf8), depth: 4) } catch {
      throw JudgeAnswerError("it is not one JSON object: \(error)")
    }
    guard case .object(let members) = json.value else {
      throw JudgeAnswerError("it is not an object, but \(json.kind)")
    }
    if let other = members.first(where: { $0.name != "score" && $0.name != "reason" }) {
      throw JudgeAnswerError("it has a member \"\(other.name.prefix(40))\"; only score and reason are known")
    }
    func member(_ name: String) throws(JudgeAnswerError) -> StrictJSON {
      guard let member = members.first(where: { $0.name == name }) else {
        throw JudgeAnswerError("the member \"\(name)\" is missing")
      }
      return member.value
    }
    let (first, second) = (try member("score"), try member("reason"))
    guard case .number(let score) = first.value else {
      throw JudgeAnswerError("the score is not a number, but \(first.kind)")
    }
    guard (0...scale).contains(score) else {
      throw JudgeAnswerError("the score \(score) is not from 0 to \(scale)")
    }
    guard case .string(let reason) = second.value else {
      throw JudgeAnswerError("the reason is not a string, but \(second.kind)")
    }
    guard !reason.allSatisfy(\.isWhitespace), reason.count <= reasonLimit else {
      throw JudgeAnswerError("the reason has \(reason.count) characters; it has to have 1 to \(reasonLimit)")
    }
    return JudgeAnswer(score: score, reason: reason)
  }

  private static func unfenced(_ text: String) -> Substring {
    let fence = "```"
    let body = trimmed(text[...])
    guard body.hasPrefix(fence), body.hasSuffix(fence), let line = body.firstIndex(where: \.isNewline) else {
      return body
    }
    return trimmed(body[line...].dropLast(fence.count))
  }

  private static func trimmed(_ text: Substring) -> Substring {
    var text = text.drop(while: \.isWhitespace)
    while text.last?.isWhitespace == true { text.removeLast() }
    return text
  }
}

/// Why a judge's words are no answer.
package struct JudgeAnswerError: Error, Sendable, Hashable, CustomStringConvertible {
  package let description: String

  init(_ description: String) { self.description = description }
}
