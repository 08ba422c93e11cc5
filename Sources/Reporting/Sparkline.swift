/// A row of numbers as a row of bars.
package enum Sparkline {
  private static let bars: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

  /// - Parameter width: The most bars; of more numbers than that, the last of each share is shown.
  package static func text(_ values: [Double], width: Int = 40) -> String {
    let finite = values.filter(\.isFinite)
    guard let low = finite.min(), let high = finite.max(), width > 0 else { return "" }
    let count = min(width, finite.count)
    // Of halves, as the span of two finite numbers can be infinite.
    let span = high / 2 - low / 2
    return String(
      (0..<count).map { index in
        let value = finite[(index + 1) * finite.count / count - 1]
        let share = span > 0 ? (value / 2 - low / 2) / span : 0.5
        return bars[min(bars.count - 1, Int(share * Double(bars.count)))]
      })
  }
}
