import Scoring
import Testing

@Suite("A judge's answer") struct JudgeAnswerTests {
  @Test(
    "an object with a score and a reason is one, in a fence too",
    arguments: [
      #"{"score": 0.8, "reason": "clear"}"#, "\n {\"reason\": \"clear\", \"score\": 0.8}\n",
      "```json\n{\"score\": 8e-1, \"reason\": \"clear\"}\n```", "```\n{\"score\": 0.80, \"reason\": \"clear\"}```",
    ])
  func fits(text: String) throws {
    #expect(try JudgeAnswer.read(text, scale: 1) == JudgeAnswer(score: 0.8, reason: "clear"))
  }

  @Test("the scale bounds the score, both ends included") func scale() throws {
    #expect(try JudgeAnswer.read(#"{"score": 10, "reason": "a"}"#, scale: 10).score == 10)
    #expect(try JudgeAnswer.read(#"{"score": 0, "reason": "a"}"#, scale: 10).score == 0)
  }

  @Test(
    "everything else is none, and says why",
    arguments: [
      ("", "not one JSON object"), ("great work", "not one JSON object"), ("0.9", "not an object, but a number"),
      (#"{"score": 0.9}"#, #""reason" is missing"#), (#"{"reason": "a"}"#, #""score" is missing"#),
      (#"{"score": "0.9", "reason": "a"}"#, "not a number, but a string"),
      (#"{"score": true, "reason": "a"}"#, "not a number, but true"),
      (#"{"score": null, "reason": "a"}"#, "not a number, but null"),
      (#"{"score": 1.01, "reason": "a"}"#, "not from 0 to 1.0"), (#"{"score": -0.1, "reason": "a"}"#, "not from 0"),
      (#"{"score": 1e999, "reason": "a"}"#, "not one JSON object"),
      (#"{"score": NaN, "reason": "a"}"#, "not one JSON object"),
      (#"{"score": 0.2, "score": 0.9, "reason": "a"}"#, "not one JSON object"),
      (#"{"score": 0.2, "reason": "a", "pass": true}"#, #"a member "pass""#),
      (#"{"score": 0.2, "reason": ["a"]}"#, "not a string, but an array"),
      (#"{"score": 0.2, "reason": "  "}"#, "it has to have 1 to 1000"),
      (#"{"score": 0.2, "reason": "\#(String(repeating: "a", count: 1001))"}"#, "1001 characters"),
      (#"{"score": 0.2, "reason": "a"} {"score": 1, "reason": "a"}"#, "not one JSON object"),
      (#"I say: {"score": 0.2, "reason": "a"}"#, "not one JSON object"),
      ("```\n{\"score\": 0.2, \"reason\": \"a\"}\n```\nDone.", "not one JSON object"),
      (String(repeating: " ", count: 70_000), "more than 65536"), ("```", "not one JSON object"),
      ("``````", "not one JSON object"),
    ])
  func broken(text: String, why: String) {
    let error = #expect(throws: JudgeAnswerError.self) { try JudgeAnswer.read(text, scale: 1) }
    #expect(error?.description.contains(why) == true, "\(error?.description ?? "nothing")")
  }
}
