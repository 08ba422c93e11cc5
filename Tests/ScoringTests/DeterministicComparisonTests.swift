import Scoring
import Testing

@Suite("compareDeterministic") struct DeterministicComparisonTests {
  @Test(
    "a change beyond the margin counts, one on it does not",
    arguments: [
      (90.0, 100.0, Direction.minimize, 0.01, Answer.better), (110, 100, .minimize, 0.01, .worse),
      (90, 100, .maximize, 0.01, .worse), (110, 100, .maximize, 0.01, .better), (101, 100, .minimize, 0.01, .same),
      (1.01, 1, .minimize, 0.01, .same), (100, 100, .minimize, 0, .same), (99, 100, .minimize, 0, .better),
      (-90, -100, .minimize, 0.01, .worse), (1, 0, .maximize, 0.5, .better), (0, 0, .maximize, 0.5, .same),
      (.nan, 1, .minimize, 0.01, .undecided), (1, .infinity, .minimize, 0.01, .undecided),
      (1, 1, .minimize, -1, .undecided), (1.0.nextUp, 1, .maximize, 0, .better),
    ])
  func answers(_ candidate: Double, _ champion: Double, _ direction: Direction, _ margin: Double, _ answer: Answer) {
    let found = compareDeterministic(candidate: candidate, champion: champion, direction: direction, margin: margin)
    #expect(found == answer)
  }
}
