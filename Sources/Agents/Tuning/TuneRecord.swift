import Workspace

/// What the history says about a grid: every measured point on one scale, and where the search stands.
struct TuneRecord {
  typealias Point = KnobGrid.Point

  /// The objective of each point that was tried, over that of the baseline; infinite for a failed one.
  private(set) var values: [Point: Double] = [:]
  /// The point whose neighbours are tried.
  private(set) var centre: Point
  /// The knob and direction that led to the centre; nil at a start.
  private(set) var lastGain: (knob: Int, direction: Int)?

  /// The levels of each knob that any tried point has: in a large grid few of them.
  private var levels: [Set<Int>]

  /// Replays the history.
  ///
  /// A try's ratio is over the champion of its time, so the kept ones are multiplied up. A point that differs from
  /// the centre in more than one knob was a restart; one that differs in one knob and measured better is the next
  /// centre, kept or not: inside a descent from a restart, points above the champion are progress too.
  init(_ grid: KnobGrid, baseline: Point?, history: [PastTry]) {
    let wasKept = history.contains(where: \.kept)
    centre = wasKept ? (baseline ?? grid.origin) : grid.origin
    levels = grid.knobs.map { _ in [] }
    if let start = wasKept ? baseline : grid.origin { values[start] = 1 }
    var scale = 1.0
    for past in history {
      var value = Double.infinity
      if past.valid, let ratio = past.ratio, ratio.isFinite, ratio > 0 {
        value = scale * ratio
        if past.kept { scale = value }
      } else if past.kept {
        value = scale
      }
      guard let point = grid.point(past.key) else { continue }
      values[point] = value
      advance(to: point, value: value, kept: past.kept)
    }
    // The champion may have come from elsewhere (another agent, a person); it is measured in any case.
    if values[grid.origin] == nil {
      values[grid.origin] = scale
      centre = grid.origin
      lastGain = nil
    }
    for point in values.keys {
      for knob in point.indices { levels[knob].insert(point[knob]) }
    }
  }

  private mutating func advance(to point: Point, value: Double, kept: Bool) {
    let moved = point.indices.filter { point[$0] != centre[$0] }
    if moved.count > 1 {
      if value.isFinite { (centre, lastGain) = (point, nil) }
    } else if kept || value < values[centre, default: .infinity], let knob = moved.first {
      lastGain = (knob, point[knob] > centre[knob] ? 1 : -1)
      centre = point
    }
  }

  /// How turning one knob from a level to another worked so far: the mean log ratio over the pairs of points that
  /// differ in nothing else; nil when no such pair was measured.
  func effect(knob: Int, from: Int, to: Int) -> Double? {
    guard levels[knob].contains(to) else { return nil }
    var sum = 0.0
    var count = 0
    for (point, value) in values where point[knob] == from {
      var other = point
      other[knob] = to
      guard let changed = values[other] else { continue }
      // A failed point counts as one twice as slow: bad, yet no reason never to try the level elsewhere.
      sum += !changed.isFinite ? 0.7 : value.isFinite ? logarithm(changed / value) : 0
      count += 1
    }
    return count == 0 ? nil : sum / Double(count)
  }

  /// A stand-in for ln without Foundation, exact enough to rank by: 2 (r - 1) / (r + 1), the first term of its series.
  private func logarithm(_ ratio: Double) -> Double { 2 * (ratio - 1) / (ratio + 1) }
}
