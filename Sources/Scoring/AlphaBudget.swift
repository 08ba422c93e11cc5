/// An error rate spent over all the candidates that a loop compares, however many there are.
///
/// Try n is tested at the level share(n), and the shares of all tries to infinity add up to `total`. By the union bound the
/// probability that any try is kept for its luck is at most `total`, however the tries depend on each other and on what was
/// kept before: alpha spending, as Tian and Ramdas, "Online control of the familywise error rate", Statistical Methods in
/// Medical Research 30 (2021), section 2. Nothing is earned back by a keep, as alpha investing does, so that the bound is on any
/// false keep rather than on their share.
///
/// The tries that a loop expects have equal shares of the greatest part. What is left goes to those beyond: blocks of twice,
/// four times, eight times as many tries share 1/2, 1/6, 1/12, ... of it (1/(k (k + 1)), whose sum is 1), evenly within each.
/// So a loop without a limit, or one in which invalid tries were repeated, has a share for each further try that shrinks
/// hardly faster than 1/n.
public struct AlphaBudget: Sendable, Hashable {
  /// The largest probability that anything is kept that is not better by more than the margin.
  public let total: Double
  /// How many tries are expected.
  public let tries: Int
  /// The part of `total` that those have together.
  public let expectedPart: Double

  /// The error rate of a loop whose harness names none.
  public static let standard = 0.05
  /// The tries that one without a limit is laid out for.
  public static let usualTries = 100

  /// - Parameters:
  ///   - total: brought into (0, 1).
  ///   - tries: the most tries that count; nil where the loop has no such limit.
  public init(total: Double = AlphaBudget.standard, tries: Int?) {
    self.total = total > 0 ? min(total, 1 - Double.ulpOfOne) : Double.leastNormalMagnitude
    self.tries = max(1, tries ?? Self.usualTries)
    expectedPart = tries == nil ? 0.5 : 0.95
  }

  /// The largest probability of keeping try number `number`, counted from 1, if it is no better.
  public func share(of number: Int) -> Double {
    let number = max(1, number)
    guard number > tries else { return total * expectedPart / Double(tries) }
    // Block k has tries * 2^k of them, from tries * (2^k - 1) + 1 on.
    let block = Int.bitWidth - 1 - ((number - 1) / tries + 1).leadingZeroBitCount
    let part = (1 - expectedPart) / Double(block * (block + 1))
    return total * part / (Double(tries) * Double(sign: .plus, exponent: block, significand: 1))
  }

  /// The same as the error rate of a `SequentialComparison`, which spends half of its own on `better`: answers that keep nothing
  /// cost the budget nothing.
  public func comparisonAlpha(of number: Int) -> Double { min(2 * share(of: number), 1 - Double.ulpOfOne) }
}
