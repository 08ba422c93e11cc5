/// Finds the lines that a search-and-replace block means, and puts others in their place.
struct SearchBlock {
  /// Why a block can't be applied, in words for the model.
  struct Fault: Error, Equatable {
    let message: String
  }

  /// How lines are compared: as they are, without what stands at their ends, without their indentation.
  private static let forms: [@Sendable (Substring) -> Substring] = [{ $0 }, withoutEnd, withoutBlanks]
  /// More lines like a divider are no block that anybody meant.
  private static let mostDividers = 16

  private let lines: [Substring]
  /// The same in each form.
  private let compared: [[Substring]]

  /// - Parameter lines: The file's lines without their ends, a CR before an end among them.
  init(lines: [Substring]) {
    self.lines = lines
    compared = Self.forms.map { lines.map($0) }
  }

  private struct Edit {
    let range: Range<Int>
    let replacement: [String]
  }

  /// The lines with the block applied.
  ///
  /// Tried in this order, and each only where it fits in one place: the lines as they are; without what stands at their ends;
  /// without their indentation, which the replacement then gets as the file has it.
  ///
  /// - Parameter block: The lines between the marks.
  func applying(_ block: [Substring]) throws(Fault) -> [String] {
    let dividers = block.indices.filter { Self.isDivider(block[$0]) }
    guard !dividers.isEmpty else {
      throw Fault(message: "it has no line ======= between the old lines and the new ones")
    }
    guard dividers.count <= Self.mostDividers else {
      throw Fault(message: "it has \(dividers.count) lines like the divider; send the file as a whole")
    }
    // A line like a divider may be a part of the file, such as one under a title. The most lines that fit are meant: fewer of
    // them nearly always fit as well.
    var fault: Fault?
    for divider in dividers.reversed() {
      do throws(Fault) {
        return applied(try edit(block[..<divider], block[(divider + 1)...]))
      } catch {
        fault = error
      }
    }
    throw fault ?? Fault(message: "its lines aren't in the file")
  }

  private func applied(_ edit: Edit) -> [String] {
    lines[..<edit.range.lowerBound].map(String.init) + edit.replacement
      + lines[edit.range.upperBound...].map(String.init)
  }

  private static func isDivider(_ line: Substring) -> Bool {
    let text = line.last == "\r" ? line.dropLast() : line
    return (5...9).contains(text.count) && text.allSatisfy { $0 == "=" }
  }

  private func edit(_ old: ArraySlice<Substring>, _ new: ArraySlice<Substring>) throws(Fault) -> Edit {
    guard old.contains(where: { !$0.allSatisfy(\.isWhitespace) }) else {
      guard lines.allSatisfy({ $0.allSatisfy(\.isWhitespace) }) else {
        throw Fault(message: "it has no line to search for, and the file isn't empty")
      }
      return Edit(range: lines.indices, replacement: new.map(String.init))
    }
    for (kind, form) in Self.forms.enumerated() {
      let places = Self.places(of: old.map(form), in: compared[kind])
      guard let place = places.first else { continue }
      guard places.count == 1 else {
        throw Fault(
          message: "its \(old.count) lines are in the file more than once; search for more of the lines around them")
      }
      let range = place..<(place + old.count)
      return Edit(range: range, replacement: try replacement(new, for: old, at: range, isIndented: kind == 2))
    }
    let first = old.first { !$0.allSatisfy(\.isWhitespace) } ?? ""
    throw Fault(message: "its lines aren't in the file as they stand in the block (the first is: \(first.prefix(120)))")
  }

  /// Where some lines begin among others: the first two places. In one pass (Knuth, Morris and Pratt 1977), as both may be
  /// made of the same line over and over.
  private static func places(of wanted: [Substring], in lines: [Substring]) -> [Int] {
    guard !wanted.isEmpty, lines.count >= wanted.count else { return [] }
    var back = Array(repeating: 0, count: wanted.count)
    var length = 0
    for index in wanted.indices.dropFirst() {
      while length > 0, wanted[index] != wanted[length] { length = back[length - 1] }
      if wanted[index] == wanted[length] { length += 1 }
      back[index] = length
    }
    var places: [Int] = []
    length = 0
    for (index, line) in lines.enumerated() where places.count < 2 {
      while length > 0, line != wanted[length] { length = back[length - 1] }
      if line == wanted[length] { length += 1 }
      if length == wanted.count {
        places.append(index + 1 - length)
        length = back[length - 1]
      }
    }
    return places
  }

  /// The new lines with the ends, and where the block's differ, the indentation of the file's.
  private func replacement(
    _ new: ArraySlice<Substring>, for old: ArraySlice<Substring>, at range: Range<Int>, isIndented: Bool
  ) throws(Fault) -> [String] {
    let endsInCR = lines[range].allSatisfy { $0.last == "\r" }
    var shift: (drop: Substring, add: Substring) = ("", "")
    if isIndented {
      var shifts: [(Substring, Substring)] = []
      for (theirs, ours) in zip(old, lines[range]) where !ours.allSatisfy(\.isWhitespace) {
        shifts.append(Self.shift(from: Self.indentation(theirs), to: Self.indentation(ours)))
      }
      guard let first = shifts.first, shifts.allSatisfy({ $0 == first }) else {
        throw Fault(message: "its lines are in the file, but indented in another way")
      }
      shift = first
    }
    return try new.map { line throws(Fault) in
      var text = Self.withoutCR(line)
      if !text.allSatisfy(\.isWhitespace) {
        guard text.hasPrefix(shift.drop) else {
          throw Fault(message: "its lines are in the file, but indented in another way")
        }
        text = shift.add + text.dropFirst(shift.drop.count)
      }
      return endsInCR ? text + "\r" : String(text)
    }
  }

  /// What has to go from an indentation's beginning, and what has to come there.
  private static func shift(from theirs: Substring, to ours: Substring) -> (Substring, Substring) {
    if ours.hasSuffix(theirs) { return ("", ours.dropLast(theirs.count)) }
    if theirs.hasSuffix(ours) { return (theirs.dropLast(ours.count), "") }
    return (theirs, ours)
  }

  private static func indentation(_ line: Substring) -> Substring { line.prefix { $0 == " " || $0 == "\t" } }

  private static func withoutCR(_ line: Substring) -> Substring { line.last == "\r" ? line.dropLast() : line }

  private static func withoutEnd(_ line: Substring) -> Substring {
    var line = line
    while let last = line.last, last.isWhitespace { line.removeLast() }
    return line
  }

  private static func withoutBlanks(_ line: Substring) -> Substring { withoutEnd(line).drop(while: \.isWhitespace) }
}
