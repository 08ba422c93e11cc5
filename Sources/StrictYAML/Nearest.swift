/// Finds the name that was probably meant.
package enum Nearest {
  /// The closest of some names, if it is close enough to be a slip of the fingers; else nil.
  ///
  /// The distance counts letters inserted, deleted, changed or swapped with their neighbour (optimal string alignment).
  package static func name(to wrong: String, among names: [String]) -> String? {
    guard wrong.utf8.count <= 100 else { return nil }
    let allowed = max(1, wrong.count / 3)
    let best = names.map { (name: $0, distance: distance(Array(wrong.lowercased()), Array($0.lowercased()))) }
      .min { $0.distance < $1.distance }
    guard let best, best.distance <= allowed else { return nil }
    return best.name
  }

  private static func distance(_ left: [Character], _ right: [Character]) -> Int {
    var before: [Int] = []
    var row = Array(0...right.count)
    for i in left.indices {
      var next = [i + 1]
      for j in right.indices {
        var cost = min(row[j] + (left[i] == right[j] ? 0 : 1), row[j + 1] + 1, next[j] + 1)
        if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] { cost = min(cost, before[j - 1] + 1) }
        next.append(cost)
      }
      (before, row) = (row, next)
    }
    return row[right.count]
  }
}
