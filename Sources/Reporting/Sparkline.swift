/// A row of numbers as a row of bars.
package enum Sparkline {
  private static let bars: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

  /// - Parameter width: The most bars; of more numbers than that, the last of each share is shown.
  package static func text(_ values: [Double], width: Int = 40) -> String {
    let finite = values.filter(\.isFinite)
    guard let low = finite.min(), let high = finite.max(), width > 0 else { return "" }
    let count = min(width, finite.count)
    return String(
      (0..<count).map { index in
        let value = finite[(index + 1) * finite.count / count - 1]
        let share = high > low ? (value - low) / (high - low) : 0.5
        return bars[min(bars.count - 1, Int(share * Double(bars.count)))]
      })
  }
}
