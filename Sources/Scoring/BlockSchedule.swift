/// The order in which champion and candidate run: blocks of ABBA or BAAB, each chosen by a coin.
///
/// Each block holds two pairs, one in each order, so that a drift that is linear over the block falls out of their sum,
/// and the coin keeps a candidate from knowing which run it is. Randomised interleaving: Abedi and Brecht, "Conducting
/// repeatable experiments in highly variable cloud computing environments", ICPE 2017.
///
/// The sequence has no end; take whole blocks.
public struct BlockSchedule: Sequence, IteratorProtocol, Sendable {
  /// Runs in a block: two pairs.
  public static let blockLength = 4

  private var random: SeededRandom
  private var rest: ArraySlice<Side> = []

  public init(seed: UInt64) { random = SeededRandom(seed: seed) }

  /// The side that runs next.
  public mutating func next() -> Side? {
    if rest.isEmpty { rest = draw()[...] }
    return rest.popFirst()
  }

  /// The next whole block; what is left of a begun one is skipped.
  public mutating func nextBlock() -> [Side] {
    rest = []
    return draw()
  }

  private mutating func draw() -> [Side] {
    let first: Side = random.next() >> 63 == 0 ? .champion : .candidate
    let second: Side = first == .champion ? .candidate : .champion
    return [first, second, second, first]
  }
}
