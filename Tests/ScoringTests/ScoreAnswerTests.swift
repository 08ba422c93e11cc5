import Scoring
import Testing

@Suite("ScoreAnswer") struct ScoreAnswerTests {
  private func read(_ text: String) throws(ScoreAnswerError) -> ScoreAnswer { try ScoreAnswer.read(Array(text.utf8)) }

  @Test("an object gives the score, its metrics and its words")
  func object() throws {
    let answer = try read(#"{"score": 1.25, "metrics": {"rows": 3, "z": -1e-3}, "explanation": "fine"}"# + "\n")
    #expect(answer == .score(1.25, metrics: ["rows": 3, "z": -0.001], explanation: "fine"))
  }

  @Test("a bare number is a score", arguments: [("42", 42.0), (" -3.5e2\n", -350), ("0", 0), ("1e-999", 0)])
  func number(_ text: String, _ value: Double) throws {
    #expect(try read(text) == .score(value, metrics: [:], explanation: ""))
  }

  @Test("a negative zero counts as zero", arguments: ["-0", "-0.0e5", #"{"score": -0}"#])
  func negativeZero(_ text: String) throws {
    guard case .score(let value, _, _) = try read(text) else {
      Issue.record("no score")
      return
    }
    #expect(value == 0 && value.sign == .plus)
  }

  @Test("a reason to reject is read")
  func reject() throws {
    #expect(try read(#"{"reject": "wrote outside"}"#) == .reject("wrote outside"))
  }

  @Test(
    "what is no answer is never a number, and the error says where",
    arguments: [
      ("", ScoreAnswerError.Code.empty, 0), ("{}", .missingKey, 0), ("true", .type, 0), ("null", .type, 0),
      ("\"1\"", .type, 0), ("[1]", .type, 0), ("NaN", .notFinite, 0), ("Infinity", .notFinite, 0),
      ("-Infinity", .notFinite, 0), ("1e999", .notFinite, 0), (#"{"score": 1e999}"#, .notFinite, 10),
      (#"{"score": true}"#, .type, 10), (#"{"score": null}"#, .type, 10), (#"{"score": "1"}"#, .type, 10),
      (#"{"score": 1, "score": 2}"#, .duplicate, 13), (#"{"score": 1, "sc\u006fre": 2}"#, .duplicate, 13),
      (#"{"score": 1}{"score": 2}"#, .trailing, 12), ("1 2", .trailing, 2),
      (#"{"score": 1, "speed": 2}"#, .unknownKey, 13),
      (#"{"metrics": {}}"#, .missingKey, 0), (#"{"score": 1, "metrics": {"a": true}}"#, .type, 30),
      (#"{"score": 1, "metrics": {"a": 1, "a": 1}}"#, .duplicate, 33), (#"{"score": 1, "metrics": []}"#, .type, 24),
      (#"{"score": 1, "explanation": 5}"#, .type, 28), (#"{"reject": true}"#, .type, 11),
      (#"{"reject": "x", "score": 1}"#, .unknownKey, 16), ("[[[[[[[[[1]]]]]]]]]", .depth, 8), ("score: 1", .syntax, 0),
    ])
  func refused(_ text: String, _ code: ScoreAnswerError.Code, _ offset: Int) {
    let error = #expect(throws: ScoreAnswerError.self) { try read(text) }
    #expect(error?.code == code)
    #expect(error?.offset == offset)
    #expect(error?.description.contains("byte \(offset)") == true)
  }

  @Test("more than a megabyte is refused unread, a megabyte is not")
  func size() throws {
    let error = #expect(throws: ScoreAnswerError.self) {
      try ScoreAnswer.read(Array(repeating: 0x20, count: ScoreAnswer.sizeLimit + 1))
    }
    #expect(error?.code == .size)
    let padded = [UInt8(ascii: "7")] + Array(repeating: 0x20, count: ScoreAnswer.sizeLimit - 1)
    #expect(try ScoreAnswer.read(padded) == .score(7, metrics: [:], explanation: ""))
  }
}
