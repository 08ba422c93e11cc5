internal import Glibc
package import Harness
internal import Scoring

/// One candidate that others may be built on.
package struct Member: Sendable, Equatable {
  /// Its iteration; 0 is the baseline.
  package let number: Int
  /// The logarithm of how many times as good as the baseline it is.
  package let merit: Double
  /// What it is made of, as hashes: the more of them two members share, the nearer they are.
  private let traits: [UInt64]

  package init(number: Int, merit: Double, traits: Set<UInt64>) {
    self.number = number
    self.merit = merit
    self.traits = traits.sorted()
  }

  /// The part of both's traits that one has and the other hasn't, from 0 to 1 (Jaccard).
  func distance(to other: Member) -> Double {
    var (here, there, shared) = (0, 0, 0)
    while here < traits.count, there < other.traits.count {
      let (own, foreign) = (traits[here], other.traits[there])
      if own == foreign { shared += 1 }
      if own <= foreign { here += 1 }
      if foreign <= own { there += 1 }
    }
    let all = traits.count + other.traits.count - shared
    return all == 0 ? 0 : 1 - Double(shared) / Double(all)
  }
}

/// Candidates kept side by side, so that a search can leave the hill on which it stands.
///
/// They live on islands that take turns. On each, a newcomer takes the place of the member most like it, and only where it is no
/// worse (restricted tournament replacement: Harik, "Finding multimodal solutions using restricted tournament selection", ICGA
/// 1995), so that a few hills are climbed at once and the best is never lost. Now and then each island's best goes to the next
/// one. All of it follows from the seed and from what was taken in, in that order: a resumed loop makes the same choices.
package struct Population: Sendable {
  private let shape: HarnessLoop.Population
  private let room: Int
  private var islands: [[Member]]
  /// Tries so far, with or without a new member.
  private(set) var attempts = 0

  /// An island holds five or more: fewer are too like one another to choose from.
  private static let fewest = 5

  /// - Parameter first: Who begins on every island: the baseline.
  package init(_ shape: HarnessLoop.Population, first: Member) {
    self.shape = shape
    let count = max(1, shape.size / Self.fewest)
    room = shape.size / count
    islands = Array(repeating: [first], count: count)
  }

  /// The members, the best first, each once.
  package var members: [Member] {
    var seen: Set<Int> = []
    return islands.flatMap { $0 }.sorted { ($1.merit, $0.number) < ($0.merit, $1.number) }
      .filter { seen.insert($0.number).inserted }
  }

  /// Whom a try builds on, and then who is shown beside: those least like the ones before them, of the better half.
  ///
  /// - Parameter ahead: How many tries are to be taken in before it.
  package func parents(seed: UInt64, ahead: Int = 0) -> [Member] {
    var random = SeededRandom(seed: seed)
    let island = ranked((attempts + ahead) % islands.count)
    // Each rank half as likely again as the next, and twice as likely where nothing is like it.
    let weights = island.indices.map { index in
      pow(1.5, -Double(index)) * (0.5 + novelty(of: island[index], among: island))
    }
    var chosen = [island[Self.draw(weights, &random)]]
    var others = Array(island.prefix(max(shape.parents, (island.count + 1) / 2))).filter { $0 != chosen[0] }
    while chosen.count < shape.parents, !others.isEmpty {
      let distances = others.map { other in chosen.map { $0.distance(to: other) }.min() ?? 0 }
      let next = distances.indices.max { (distances[$0], $1) < (distances[$1], $0) } ?? 0
      chosen.append(others.remove(at: next))
    }
    return chosen
  }

  /// Counts a try, and takes in what came of it, where that was valid.
  package mutating func take(_ newcomer: Member?) {
    if let newcomer { settle(newcomer, on: attempts % islands.count) }
    attempts += 1
    guard islands.count > 1, attempts.isMultiple(of: shape.migration) else { return }
    let best = islands.indices.map { ranked($0)[0] }
    for (index, traveller) in best.enumerated() { settle(traveller, on: (index + 1) % islands.count) }
  }

  private mutating func settle(_ newcomer: Member, on island: Int) {
    guard !islands[island].contains(where: { $0.number == newcomer.number }) else { return }
    let distances = islands[island].map { $0.distance(to: newcomer) }
    let nearest = distances.indices.min { distances[$0] < distances[$1] } ?? 0
    let isNew = distances[nearest] > 0
    if isNew, islands[island].count < room {
      islands[island].append(newcomer)
    } else if newcomer.merit >= islands[island][nearest].merit {
      islands[island][nearest] = newcomer
    }
  }

  private func ranked(_ island: Int) -> [Member] {
    islands[island].sorted { ($1.merit, $0.number) < ($0.merit, $1.number) }
  }

  private func novelty(of member: Member, among island: [Member]) -> Double {
    island.filter { $0 != member }.map { $0.distance(to: member) }.min() ?? 1
  }

  private static func draw(_ weights: [Double], _ random: inout SeededRandom) -> Int {
    var left = Double.random(in: 0..<weights.reduce(0, +), using: &random)
    for (index, weight) in weights.enumerated() {
      left -= weight
      if left < 0 { return index }
    }
    return weights.count - 1
  }
}
