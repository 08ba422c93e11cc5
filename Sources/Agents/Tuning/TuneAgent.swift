package import Workspace

/// Turns the knobs that comments in the source declare (`tune`): coordinate descent with restarts.
///
/// From the champion's point it tries the neighbours along each knob, one step away first, then longer jumps, those
/// first that worked elsewhere. A gain moves the centre at once. After a whole sweep without gain the search starts
/// again at a random point. No point is proposed twice; with the grid used up, nothing is.
package struct TuneAgent: EditAgent {
  private let baseline: [TreePath: [UInt8]]?

  /// - Parameter baseline: The editable files at the loop's start. With them the baseline's own point, which was
  ///   measured before the first try and is in no history, isn't proposed once the champion has moved away from it.
  package init(baseline: [TreePath: [UInt8]]? = nil) { self.baseline = baseline }

  package func propose(
    champion: [TreePath: [UInt8]], history: [PastTry], seed: UInt64
  ) throws -> EditProposal? {
    let grid = try KnobReader.grid(champion)
    var start: KnobGrid.Point?
    if let baseline {
      let first = try KnobReader.grid(baseline)
      start = grid.point(first.key(first.origin))
    }
    let record = TuneRecord(grid, baseline: start, history: history)
    if let count = grid.count, record.values.count >= count { return nil }
    var random = SeededRandom(seed: SeededRandom.mix(seed) &+ UInt64(history.count))
    let (point, why) =
      nextMove(grid, record, seed: seed).map { ($0, "a step from \(grid.key(record.centre))") }
      ?? (restart(grid, record, &random), "a new start after a sweep without gain")
    return EditProposal(files: grid.files(at: point), key: grid.key(point), note: why)
  }

  /// The most promising untried point that differs from the centre in one knob; nil after a full sweep.
  private func nextMove(_ grid: KnobGrid, _ record: TuneRecord, seed: UInt64) -> KnobGrid.Point? {
    var best: (cost: Double, rank: UInt64, point: KnobGrid.Point)?
    for (knob, values) in grid.knobs.map(\.values).enumerated() {
      let here = record.centre[knob]
      for level in values.levels.indices where level != here {
        var point = record.centre
        point[knob] = level
        guard record.values[point] == nil else { continue }
        let distance = values.isOrdered ? abs(level - here) : 1
        // Choices before numbers: which numbers are good depends on them more than they on the numbers.
        var cost = values.isOrdered ? Double(distance) : 0.1
        if let effect = record.effect(knob: knob, from: here, to: level) {
          // Known elsewhere: a gain goes first, a loss last; a great loss, or a long jump into one, isn't worth a try.
          if effect > (distance > 1 ? 0.05 : 0.3) { continue }
          cost = effect < -0.01 ? effect : 1_000_000 + effect
        } else if let gain = record.lastGain, gain.knob == knob, values.isOrdered,
          (level > here) == (gain.direction > 0)
        {
          cost -= 0.75  // on along the way that just paid
        }
        if let best, cost > best.cost { continue }
        let rank = SeededRandom.rank(grid.key(point), seed: seed)
        if let best, (cost, rank) >= (best.cost, best.rank) { continue }
        best = (cost, rank, point)
      }
    }
    return best?.point
  }

  /// A random untried point, if possible one that is no neighbour of the centre. The caller knows that one is left.
  private func restart(_ grid: KnobGrid, _ record: TuneRecord, _ random: inout SeededRandom) -> KnobGrid.Point {
    var point = record.centre
    for _ in 0..<64 {
      point = grid.knobs.map { Int.random(in: 0..<$0.values.levels.count, using: &random) }
      let moved = point.indices.count { point[$0] != record.centre[$0] }
      if moved > 1 || grid.knobs.count == 1, record.values[point] == nil { return point }
    }
    // A nearly full grid: count on from the last draw, which meets a free point after at most as many as were tried.
    while record.values[point] != nil {
      for knob in point.indices {
        point[knob] = (point[knob] + 1) % grid.knobs[knob].values.levels.count
        if point[knob] != 0 { break }
      }
    }
    return point
  }
}
