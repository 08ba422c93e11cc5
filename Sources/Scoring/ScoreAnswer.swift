/// What a scorer printed: a score, or a reason to reject the candidate.
public enum ScoreAnswer: Sendable, Hashable {
  /// A finite number, further finite numbers by name, and words.
  case score(Double, metrics: [String: Double] = [:], explanation: String = "")
  /// The scorer says that the candidate broke a rule.
  case reject(String)

  /// The most that a scorer may print, in bytes.
  public static let sizeLimit = 1_000_000

  /// Reads the standard output of a scorer that exited with 0.
  ///
  /// It must be one object `{"score": 1.25, "metrics": {"rows": 3}, "explanation": "..."}` (the last two may be absent),
  /// or one bare number, or `{"reject": "why"}`. Everything else is an error, never a number.
  ///
  /// - Throws: `ScoreAnswerError`, which says what was found at which byte.
  public static func read(_ bytes: [UInt8]) throws(ScoreAnswerError) -> ScoreAnswer {
    guard bytes.count <= sizeLimit else {
      throw ScoreAnswerError(.size, at: sizeLimit, "\(bytes.count) bytes: an answer has at most \(sizeLimit)")
    }
    let json: StrictJSON
    do {
      json = try StrictJSON.read(bytes, depth: 8)
    } catch {
      throw ScoreAnswerError(error)
    }
    switch json.value {
    case .number(let value): return .score(value, metrics: [:], explanation: "")
    case .object(let members): return try read(members, at: json.offset)
    default:
      throw ScoreAnswerError(
        .type, at: json.offset, "expected a number or an object with \"score\", found \(json.kind)")
    }
  }

  private static func read(_ members: [StrictJSON.Member], at offset: Int) throws(ScoreAnswerError) -> ScoreAnswer {
    if let member = members.first(where: { $0.name == "reject" }) {
      if let other = members.first(where: { $0.name != "reject" }) {
        throw ScoreAnswerError(.unknownKey, at: other.offset, "nothing else may stand beside \"reject\"")
      }
      return .reject(try text(member))
    }
    var score: Double?
    var metrics: [String: Double] = [:]
    var explanation = ""
    for member in members {
      switch member.name {
      case "score": score = try number(member)
      case "metrics": metrics = try read(metrics: member)
      case "explanation": explanation = try text(member)
      default:
        throw ScoreAnswerError(
          .unknownKey, at: member.offset,
          "unknown key \"\(member.name.prefix(40))\": known are score, metrics, explanation, reject")
      }
    }
    guard let score else {
      throw ScoreAnswerError(.missingKey, at: offset, "the object has neither \"score\" nor \"reject\"")
    }
    return .score(score, metrics: metrics, explanation: explanation)
  }

  private static func read(metrics member: StrictJSON.Member) throws(ScoreAnswerError) -> [String: Double] {
    guard case .object(let members) = member.value.value else { throw wrongType(member, expected: "an object") }
    var metrics: [String: Double] = [:]
    for metric in members { metrics[metric.name] = try number(metric) }
    return metrics
  }

  private static func number(_ member: StrictJSON.Member) throws(ScoreAnswerError) -> Double {
    guard case .number(let value) = member.value.value else { throw wrongType(member, expected: "a number") }
    return value
  }

  private static func text(_ member: StrictJSON.Member) throws(ScoreAnswerError) -> String {
    guard case .string(let text) = member.value.value else { throw wrongType(member, expected: "a string") }
    return text
  }

  private static func wrongType(_ member: StrictJSON.Member, expected: String) -> ScoreAnswerError {
    ScoreAnswerError(
      .type, at: member.value.offset,
      "\"\(member.name.prefix(40))\": expected \(expected), found \(member.value.kind)")
  }
}
