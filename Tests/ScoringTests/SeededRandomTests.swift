import Scoring
import Testing

@Suite("SeededRandom") struct SeededRandomTests {
  @Test("the sequence is that of the reference implementation")
  func reference() {
    var random = SeededRandom(seed: 1_234_567)
    let drawn = (0..<5).map { _ in random.next() }
    #expect(
      drawn == [
        6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423, 4_593_380_528_125_082_431,
        16_408_922_859_458_223_821,
      ])
  }
}

@Suite("BlockSchedule") struct BlockScheduleTests {
  private let abba: [Side] = [.champion, .candidate, .candidate, .champion]
  private let baab: [Side] = [.candidate, .champion, .champion, .candidate]

  @Test("every block is ABBA or BAAB, and a coin chooses")
  func blocks() {
    var schedule = BlockSchedule(seed: 7)
    let blocks = (0..<1_000).map { _ in schedule.nextBlock() }
    #expect(blocks.allSatisfy { $0 == abba || $0 == baab })
    #expect((450...550).contains(blocks.count { $0 == abba }))
  }

  @Test("the same seed gives the same order, run by run as block by block")
  func repeatable() {
    var blocks = BlockSchedule(seed: 99)
    let runs = Array(BlockSchedule(seed: 99).prefix(40))
    #expect(runs == (0..<10).flatMap { _ in blocks.nextBlock() })
    #expect(runs != Array(BlockSchedule(seed: 100).prefix(40)))
  }
}
