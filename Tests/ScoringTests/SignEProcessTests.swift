import Scoring
import Testing

@Suite("SignEProcess") struct SignEProcessTests {
  /// E by adding the defining integral up in many small steps.
  private func integral(heads: Int, count: Int) -> Double {
    let steps = 100_000
    let width = 0.5 / Double(steps)
    return (0..<steps).reduce(0) { sum, step in
      let q = 0.5 + (Double(step) + 0.5) * width
      let bet = Double(heads) * log(2 * q) + Double(count - heads) * log(2 * (1 - q))
      return sum + 60 * q * q * (1 - q) * (1 - q) * width * exp(bet)
    }
  }

  @Test("the closed form is the integral", arguments: [(0, 0), (0, 5), (3, 3), (8, 8), (7, 9), (30, 50), (70, 100)])
  func closedForm(_ heads: Int, _ count: Int) {
    let difference = SignEProcess.logValue(heads: heads, count: count) - log(integral(heads: heads, count: count))
    #expect(abs(difference) < 1e-6)
  }

  @Test("the mean over a fair coin's next throw never grows", arguments: [(0, 0), (1, 3), (8, 8), (30, 50)])
  func supermartingale(_ heads: Int, _ count: Int) {
    let now = exp(SignEProcess.logValue(heads: heads, count: count))
    let up = exp(SignEProcess.logValue(heads: heads + 1, count: count + 1))
    let down = exp(SignEProcess.logValue(heads: heads, count: count + 1))
    #expect(abs((up + down) / 2 / now - 1) < 1e-9)
  }

  @Test("tails never pay", arguments: [1, 10, 100, 1_000])
  func tails(_ count: Int) {
    #expect(SignEProcess.logValue(heads: 0, count: count) < 0)
    #expect(SignEProcess.logValue(heads: count / 2, count: count) <= 0)
  }

  @Test("thousands of throws do not overflow")
  func large() {
    let all = SignEProcess.logValue(heads: 5_000, count: 5_000)
    // 60 * 2^n / n^3 * 2 where n is large: the integral's mass lies at q = 1.
    #expect(abs(all - (5_000 * log(2.0) + log(120) - 3 * log(5_000))) < 1e-2)
    #expect(SignEProcess.headsNeeded(count: 10_000, alpha: 0.025).map { (5_000...5_400).contains($0) } == true)
  }

  @Test("heads only need nine throws at 0.05, ten at 0.025")
  func fewest() {
    #expect(SignEProcess.headsNeeded(count: 8, alpha: 0.05) == nil)
    #expect(SignEProcess.headsNeeded(count: 9, alpha: 0.05) == 9)
    #expect(SignEProcess.headsNeeded(count: 9, alpha: 0.025) == nil)
    #expect(SignEProcess.headsNeeded(count: 10, alpha: 0.025) == 10)
  }

  @Test("a rejection stays")
  func latch() {
    var process = SignEProcess(alpha: 0.05)
    for _ in 0..<8 { process.add(heads: true) }
    #expect(!process.rejected)
    process.add(heads: true)
    #expect(process.rejected)
    for _ in 0..<50 { process.add(heads: false) }
    #expect(process.rejected)
  }
}
