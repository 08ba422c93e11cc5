import Scoring
import Testing

@Suite("SignEProcess") struct SignEProcessTests {
  /// E by adding the defining integral up in many small steps.
  private func integral(heads: Int, count: Int, prior: Int) -> Double {
    // Twice the density of Beta(1, 1) and of Beta(3, 3).
    let scale = prior == 0 ? 2.0 : 60
    let steps = 100_000
    let width = 0.5 / Double(steps)
    return (0..<steps).reduce(0) { sum, step in
      let q = 0.5 + (Double(step) + 0.5) * width
      let bet = Double(heads) * log(2 * q) + Double(count - heads) * log(2 * (1 - q))
      return sum + scale * exp(Double(prior) * log(q * (1 - q)) + bet) * width
    }
  }

  @Test(
    "the closed form is the integral", arguments: [0, 2],
    [(0, 0), (0, 5), (3, 3), (8, 8), (7, 9), (30, 50), (70, 100)])
  func closedForm(_ prior: Int, _ throwing: (heads: Int, count: Int)) {
    let value = SignEProcess.logValue(heads: throwing.heads, count: throwing.count, prior: prior)
    #expect(abs(value - log(integral(heads: throwing.heads, count: throwing.count, prior: prior))) < 1e-6)
  }

  @Test("the mean over a fair coin's next throw never grows", arguments: [0, 2], [(0, 0), (1, 3), (8, 8), (30, 50)])
  func supermartingale(_ prior: Int, _ throwing: (heads: Int, count: Int)) {
    let (heads, count) = throwing
    let now = exp(SignEProcess.logValue(heads: heads, count: count, prior: prior))
    let up = exp(SignEProcess.logValue(heads: heads + 1, count: count + 1, prior: prior))
    let down = exp(SignEProcess.logValue(heads: heads, count: count + 1, prior: prior))
    #expect(abs((up + down) / 2 / now - 1) < 1e-9)
  }

  @Test("a steady one is the mean of what it stakes", arguments: [(0, 0), (1, 3), (8, 8), (30, 50), (101, 165)])
  func steady(_ throwing: (heads: Int, count: Int)) {
    let (heads, count) = throwing
    func value(_ heads: Int, _ count: Int) -> Double {
      exp(SignEProcess.logValue(heads: heads, count: count, prior: 2, steady: true))
    }
    let single = exp(Double(heads) * log(1.2) + Double(count - heads) * log(0.8))
    let mean = 0.6 * single + 0.4 * integral(heads: heads, count: count, prior: 2)
    #expect(abs(value(heads, count) / mean - 1) < 1e-6)
    #expect(abs((value(heads + 1, count + 1) + value(heads, count + 1)) / 2 / value(heads, count) - 1) < 1e-9)
    #expect(value(count / 2, count) <= 1)
  }

  @Test(
    "a steady one needs two or three heads fewer after some hundred throws, and four more of a thousand",
    arguments: [(130, 2), (165, 2), (200, 2), (250, 3), (1_000, -4)])
  func sooner(_ count: Int, _ fewer: Int) throws {
    let usual = try #require(SignEProcess.headsNeeded(count: count, most: 10_000, alpha: 0.05))
    let steady = try #require(SignEProcess.headsNeeded(count: count, most: 10_000, alpha: 0.05, steady: true))
    #expect(usual - steady == fewer)
  }

  /// By adding up all ways that there are: what is left of a coin thrown `most` times that has never rejected.
  @Test(
    "a fair coin ever rejects with a probability of at most alpha",
    arguments: [(100, false), (400, false), (400, true)],
    [0.05, 0.025])
  func ever(_ throwing: (most: Int, steady: Bool), _ alpha: Double) {
    let (most, steady) = throwing
    var chances = [1.0]
    for count in 1...most {
      var next = [Double](repeating: 0, count: count + 1)
      for (heads, chance) in chances.enumerated() {
        next[heads] += chance / 2
        next[heads + 1] += chance / 2
      }
      if let needed = SignEProcess.headsNeeded(count: count, most: most, alpha: alpha, steady: steady) {
        for heads in needed...count { next[heads] = 0 }
      }
      chances = next
    }
    let rejected = 1 - chances.reduce(0, +)
    #expect(rejected <= alpha)
    #expect(rejected > alpha / 3, "\(rejected): no more careful than it must be")
  }

  @Test("tails never pay", arguments: [0, 2], [1, 10, 100, 1_000])
  func tails(_ prior: Int, _ count: Int) {
    #expect(SignEProcess.logValue(heads: 0, count: count, prior: prior) < 0)
    #expect(SignEProcess.logValue(heads: count / 2, count: count, prior: prior) <= 0)
  }

  @Test("thousands of throws do not overflow")
  func large() {
    let all = SignEProcess.logValue(heads: 5_000, count: 5_000, prior: 0)
    #expect(abs(all - (5_001 * log(2.0) - log(5_001.0))) < 1e-6)
    // Where n is large, 60 * 2^n * 2 / n^3: the integral's mass lies at q = 1.
    let careful = SignEProcess.logValue(heads: 5_000, count: 5_000, prior: 2)
    #expect(abs(careful - (5_000 * log(2.0) + log(120) - 3 * log(5_000))) < 1e-2)
    #expect(SignEProcess.headsNeeded(count: 10_000, alpha: 0.025).map { (5_000...5_400).contains($0) } == true)
  }

  @Test("heads only need seven throws at 0.05, eight at 0.025, and two more where there may be many")
  func fewest() {
    #expect(SignEProcess.headsNeeded(count: 6, alpha: 0.05) == nil)
    #expect(SignEProcess.headsNeeded(count: 7, alpha: 0.05) == 7)
    #expect(SignEProcess.headsNeeded(count: 7, alpha: 0.025) == nil)
    #expect(SignEProcess.headsNeeded(count: 8, alpha: 0.025) == 8)
    #expect(SignEProcess.headsNeeded(count: 9, most: 101, alpha: 0.025) == nil)
    #expect(SignEProcess.headsNeeded(count: 10, most: 101, alpha: 0.025) == 10)
    #expect(SignEProcess.headsNeeded(count: 9, most: 101, alpha: 0.05, steady: true) == nil)
    #expect(SignEProcess.headsNeeded(count: 10, most: 101, alpha: 0.05, steady: true) == 10)
    // Where there are few, it is as the other.
    #expect(SignEProcess.headsNeeded(count: 7, most: 100, alpha: 0.05, steady: true) == 7)
  }

  @Test("a rejection stays")
  func latch() {
    var process = SignEProcess(alpha: 0.05, most: 60)
    for _ in 0..<6 { process.add(heads: true) }
    #expect(!process.rejected)
    process.add(heads: true)
    #expect(process.rejected)
    for _ in 0..<50 { process.add(heads: false) }
    #expect(process.rejected)
  }
}
