import Scoring
import Testing

@Suite("The error rate of a loop, spent over its tries") struct AlphaBudgetTests {
  @Test("the shares of any number of tries add up to less than the whole", arguments: [1, 7, 100, nil])
  func adds(tries: Int?) {
    let budget = AlphaBudget(total: 0.05, tries: tries)
    var spent = 0.0
    for number in 1...100_000 { spent += budget.share(of: number) }
    #expect(spent < 0.05 + 1e-12)
    // And not to much less: what is spent on nobody tells nobody anything.
    #expect(spent > 0.045)
  }

  @Test("expected tries share alike; a further one gets less, but always something")
  func shares() {
    let budget = AlphaBudget(total: 0.05, tries: 100)
    #expect(budget.share(of: 1) == 0.05 * 0.95 / 100)
    #expect(budget.share(of: 100) == budget.share(of: 1))
    #expect(budget.share(of: 101) < budget.share(of: 100))
    let unlimited = AlphaBudget(total: 0.05, tries: nil)
    #expect(unlimited.share(of: 1) == 0.05 * 0.5 / 100)
    // Blocks of 200, 400, ... tries share a half, a sixth, ... of the other half.
    #expect(abs(unlimited.share(of: 101) - 0.025 / 2 / 200) < 1e-15)
    #expect(abs(unlimited.share(of: 300) - 0.025 / 2 / 200) < 1e-15)
    #expect(abs(unlimited.share(of: 301) - 0.025 / 6 / 400) < 1e-15)
    #expect(unlimited.share(of: Int.max / 2) > 0)
  }

  @Test("half of a comparison's error rate is for better, so it gets twice the share")
  func comparison() {
    #expect(AlphaBudget(total: 0.05, tries: 10).comparisonAlpha(of: 3) == 2 * 0.05 * 0.95 / 10)
    #expect(AlphaBudget(total: 5, tries: 0).comparisonAlpha(of: 0) < 1)
  }
}
