import FoundationEssentials
import Scoring
import Testing

@Suite("Score") struct ScoreTests {
  private let score = Score(value: 1.5, unit: "s", metrics: ["b": 2, "a": 1, "c": 3], explanation: "fine")

  @Test("metrics are shown by name")
  func sorted() {
    #expect(score.sortedMetrics.map(\.name) == ["a", "b", "c"])
    #expect(score.sortedMetrics.map(\.value) == [1, 2, 3])
  }

  @Test("a score survives encoding")
  func roundTrip() throws {
    #expect(try JSONDecoder().decode(Score.self, from: JSONEncoder().encode(score)) == score)
  }

  @Test("an infinity that a decoder lets through is still refused")
  func infinite() {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    for text in [#"{"value": "inf"}"#, #"{"value": 1, "metrics": {"a": "nan"}}"#] {
      #expect(throws: DecodingError.self) { try decoder.decode(Score.self, from: Data(text.utf8)) }
    }
  }

  @Test("a guardrail is written guard")
  func role() {
    #expect(Role(rawValue: "guard") == .guardrail)
    #expect(Role.allCases.map(\.rawValue) == ["gate", "objective", "guard", "holdout", "info"])
  }
}
