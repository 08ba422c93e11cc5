import Workspace

/// A constant in the source that a comment declares as free to change.
struct Knob: Equatable, Sendable {
  let name: String
  let values: KnobValues
  let file: TreePath
  /// The bytes of the value in the file, without a suffix as in `64u`.
  let range: Range<Int>
  /// Which of its levels stands in the file.
  let level: Int
}

/// A grid of knobs. A point is one level for each knob, in the knobs' order.
struct KnobGrid: Sendable {
  typealias Point = [Int]

  let knobs: [Knob]
  let files: [TreePath: [UInt8]]

  /// What the files say.
  var origin: Point { knobs.map(\.level) }

  /// The number of points, or nil when that is beyond counting.
  var count: Int? {
    var count = 1
    for knob in knobs {
      let (product, overflow) = count.multipliedReportingOverflow(by: knob.values.levels.count)
      if overflow { return nil }
      count = product
    }
    return count
  }

  /// `BLOCK=64 UNROLL=4`.
  func key(_ point: Point) -> String {
    zip(knobs, point).map { "\($0.name)=\($0.values.levels[$1])" }.joined(separator: " ")
  }

  /// The point of a key, or nil when it isn't one of this grid: another agent's, or from before a knob changed.
  func point(_ key: String) -> Point? {
    let words = key.split(separator: " ")
    guard words.count == knobs.count else { return nil }
    var point: Point = []
    for (knob, word) in zip(knobs, words) {
      guard word.hasPrefix("\(knob.name)="),
        let level = knob.values.levels.firstIndex(of: String(word.dropFirst(knob.name.count + 1)))
      else { return nil }
      point.append(level)
    }
    return point
  }

  /// The files that differ at a point from how they are, with their new contents.
  func files(at point: Point) -> [TreePath: [UInt8]] {
    var changed: [TreePath: [UInt8]] = [:]
    // From the back, so that the ranges of the knobs before stay true.
    for (knob, level) in zip(knobs, point).reversed() where level != knob.level {
      var bytes = changed[knob.file] ?? files[knob.file] ?? []
      bytes.replaceSubrange(knob.range, with: knob.values.levels[level].utf8)
      changed[knob.file] = bytes
    }
    return changed
  }
}
