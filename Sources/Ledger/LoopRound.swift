/// Tries that are made side by side: all of them are under way at once, and each begins from what stood before the first.
package struct LoopRound: Sendable, Hashable {
  /// Its tries.
  package let numbers: ClosedRange<Int>
  /// The iteration whose candidate was the champion when it began.
  package let champion: Int

  package init(_ numbers: ClosedRange<Int>, champion: Int) {
    self.numbers = numbers
    self.champion = champion
  }

  /// As an event keeps it: `tries 5-8 from 3`.
  package var text: String { "tries \(numbers.lowerBound)-\(numbers.upperBound) from \(champion)" }

  /// Nil where the text is none of a round's.
  package init?(_ text: String) {
    let words = text.split(separator: " ")
    guard words.count == 4, words[0] == "tries", words[2] == "from", let champion = Int(words[3]) else { return nil }
    let ends = words[1].split(separator: "-").compactMap { Int($0) }
    guard ends.count == 2, ends[0] > 0, ends[0] <= ends[1], ends[1] < .max else { return nil }
    self.init(ends[0]...ends[1], champion: champion)
  }
}

/// What is known of a try when it begins.
package struct IterationStart: Sendable, Hashable {
  /// The iteration that it starts from.
  package let parent: Int
  package let prompt: String?

  package init(parent: Int, prompt: String?) {
    self.parent = parent
    self.prompt = prompt
  }
}
