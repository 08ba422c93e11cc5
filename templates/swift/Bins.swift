import Scoring

/// Judges how src/pack.awk packs items into bins of 100: the fewer bins, the better.
@main struct Bins: Scorer {
  static let count = 2000

  /// Ours: writes what src/pack.awk reads. Everything is drawn from the seed: the same seed, the same items.
  static func prepare(_ input: ScorerFolder, seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let items = (0..<count).map { _ in "\(Int.random(in: 5...70, using: &random))\n" }
    try input.write(items.joined(), to: "items")
  }

  /// Ours: judges what src/pack.awk wrote, when all of its processes are dead. A file that is missing, a link or too large is a
  /// rejection by itself.
  static func score(_ run: ScoredRun) throws -> ScoreAnswer {
    let items = try run.input.text("items").split(separator: "\n").compactMap { Int($0) }
    let bins = try run.output.text("bins", most: 1_000_000).split(separator: "\n")
    guard bins.count == items.count else { throw Rejection("\(bins.count) bins for \(items.count) items") }
    var content: [Int: Int] = [:]
    for (index, (size, text)) in zip(items, bins).enumerated() {
      guard let bin = Int(text), bin > 0 else { throw Rejection("bins:\(index + 1): no number of a bin") }
      content[bin, default: 0] += size
      guard let held = content[bin], held <= 100 else {
        throw Rejection("bins:\(index + 1): bin \(bin) holds \(content[bin] ?? 0) of 100")
      }
    }
    let waste = 100 * content.count - items.reduce(0, +)
    return .score(Double(content.count), metrics: ["waste": Double(waste)], explanation: "\(items.count) items")
  }
}
