internal import Comparison

/// The pairs of a case as one line: how many lie where, from old-is-slower on the left to new-is-slower on the right.
package enum PairPlot {
  private static let levels = Array(" ▁▂▃▄▅▆▇█")

  /// `-6.2 % ▁▂▅█▆▃│▁      +6.2 %`: the ratio 1 is at the bar; pairs beyond the ends are counted in the last columns.
  ///
  /// - Parameter columns: of each half.
  package static func line(_ logRatios: [Double], margin: Double, columns: Int = 16) -> String {
    let finite = logRatios.filter(\.isFinite)
    guard !finite.isEmpty else { return "" }
    // As far as 19 of 20 pairs reach, so that one wild pair doesn't squeeze all the others into one column.
    let reach = finite.map(\.magnitude).sorted()[min(finite.count - 1, finite.count * 19 / 20)]
    let half = max(reach, margin * 2, 0.001)
    var counts = [Int](repeating: 0, count: 2 * columns)
    for value in finite {
      let share = min(max(value / half, -1), 1)
      let place = Int(((share + 1) * Double(columns)).rounded(.down))
      counts[min(max(0, place), 2 * columns - 1)] += 1
    }
    let most = counts.max() ?? 1
    let bars = counts.map { count in
      count == 0 ? levels[0] : levels[max(1, (count * (levels.count - 1) + most / 2) / most)]
    }
    let edge = Figures.fixed(half * 100, 1)
    return "-\(edge) % " + String(bars[..<columns]) + "│" + String(bars[columns...]) + " +\(edge) %"
  }
}
