internal import CLinux

/// What is looked for in traces: a fixed text or a regular expression.
///
/// Traces are hostile text, and a backtracking matcher (Swift's `Regex`, most others) can be made to take for ever on it. This one
/// follows all of the pattern's states at once after Thompson (1968), "Regular Expression Search Algorithm": its time is at most
/// the length of the text times that of the pattern.
package struct TracePattern: Sendable {
  enum Instruction {
    /// A character of a set; then the next instruction.
    case one(CharacterSet)
    /// Goes on at both.
    case fork(Int, Int)
    case jump(Int)
    case atBegin, atEnd
    /// Between a word's character and another: or not.
    case atWordEdge(Bool)
    case found
  }

  private let program: [Instruction]
  private let ignoresCase: Bool
  /// The characters that a match can begin with; nil where it may begin with any, or with none.
  private let first: [CharacterSet]?
  /// What every match begins with, in UTF-8; empty where it is not always the same.
  private let prefix: [UInt8]

  /// - Parameters:
  ///   - isFixed: Whether the text is looked for as it is.
  /// - Throws: ``PatternError`` for what isn't an expression, or a too large one.
  package init(_ text: String, isFixed: Bool = false, ignoresCase: Bool = false) throws(PatternError) {
    var reader = PatternReader(text)
    program = try isFixed ? reader.fixed() : reader.expression()
    self.ignoresCase = ignoresCase
    first = Self.first(of: program)
    prefix = ignoresCase ? [] : Self.prefix(of: program)
  }

  /// Whether a text can hold a match at all: a quick look, in time linear in the text.
  package func isPossible(in text: String) -> Bool {
    if prefix.isEmpty { return true }
    var text = text
    return text.withUTF8 { bytes in
      prefix.withUnsafeBytes { prefix in
        prefix.baseAddress.map { linux_find(bytes.baseAddress, bytes.count, $0, prefix.count) != nil } ?? true
      }
    }
  }

  /// Where the first match ends, counted in Unicode scalars; nil where there is none.
  package func end(in line: some Sequence<Unicode.Scalar>) -> Int? { end(in: line.map(\.value)) }

  private func end(in line: [UInt32]) -> Int? {
    var (now, next) = (States(program.count), States(program.count))
    var index = 0
    while true {
      if now.list.isEmpty, let first {
        while index < line.count, !first.contains(where: { $0.holds(line[index], ignoresCase) }) { index += 1 }
        if index == line.count { return nil }
      }
      // A match may begin anywhere.
      if follow(0, line, index, &now) { return index }
      if index == line.count { return nil }
      next.clear()
      for state in now.list {
        guard case .one(let set) = program[state], set.holds(line[index], ignoresCase) else { continue }
        if follow(state + 1, line, index + 1, &next) { return index + 1 }
      }
      swap(&now, &next)
      index += 1
    }
  }

  /// Adds a state with all that it leads to without a character.
  ///
  /// - Returns: Whether that is a match.
  private func follow(_ start: Int, _ line: [UInt32], _ index: Int, _ states: inout States) -> Bool {
    var waiting = [start]
    while let state = waiting.popLast() {
      guard states.insert(state) else { continue }
      switch program[state] {
      case .found: return true
      case .one: states.list.append(state)
      case .jump(let target): waiting.append(target)
      case .fork(let one, let other): waiting += [one, other]
      case .atBegin: if index == 0 { waiting.append(state + 1) }
      case .atEnd: if index == line.count { waiting.append(state + 1) }
      case .atWordEdge(let isEdge):
        let before = index > 0 && CharacterSet.word.holds(line[index - 1])
        let after = index < line.count && CharacterSet.word.holds(line[index])
        if (before != after) == isEdge { waiting.append(state + 1) }
      }
    }
    return false
  }

  /// The states at one place of the text; clearing costs nothing.
  private struct States {
    /// Those that wait for a character.
    var list: [Int] = []
    private var seen: [UInt32]
    private var turn: UInt32 = 1

    init(_ count: Int) { seen = [UInt32](repeating: 0, count: count) }

    mutating func insert(_ state: Int) -> Bool {
      if seen[state] == turn { return false }
      seen[state] = turn
      return true
    }

    mutating func clear() {
      list.removeAll(keepingCapacity: true)
      turn &+= 1
      if turn == 0 {
        for index in seen.indices { seen[index] = 0 }
        turn = 1
      }
    }
  }

  private static func prefix(of program: [Instruction]) -> [UInt8] {
    var prefix = String.UnicodeScalarView()
    for instruction in program {
      guard case .one(let set) = instruction, let scalar = set.single else { break }
      prefix.append(scalar)
    }
    return Array(String(prefix).utf8)
  }

  private static func first(of program: [Instruction]) -> [CharacterSet]? {
    var (sets, seen, waiting) = ([CharacterSet](), Set<Int>(), [0])
    while let state = waiting.popLast() {
      guard seen.insert(state).inserted else { continue }
      switch program[state] {
      case .one(let set): sets.append(set)
      case .jump(let target): waiting.append(target)
      case .fork(let one, let other): waiting += [one, other]
      case .atBegin, .atEnd, .atWordEdge, .found: return nil
      }
    }
    return sets
  }
}

/// Why a pattern can't be used.
package struct PatternError: Error, Sendable, Hashable, CustomStringConvertible {
  package let description: String

  init(_ what: String) { description = what }
}

/// Some characters, by their Unicode scalars.
struct CharacterSet: Sendable {
  var ranges: [ClosedRange<UInt32>] = []
  var isNegated = false

  static let any = CharacterSet(isNegated: true)
  static let digit = CharacterSet(ranges: [0x30...0x39])
  static let space = CharacterSet(ranges: [9...13, 32...32])
  static let word = CharacterSet(ranges: [0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A])

  /// The only character, where there is only one.
  var single: Unicode.Scalar? {
    guard !isNegated, ranges.count == 1, let range = ranges.first, range.count == 1 else { return nil }
    return Unicode.Scalar(range.lowerBound)
  }

  /// - Parameter ignoresCase: Whether a letter counts in either case, as Unicode maps single letters.
  func holds(_ value: UInt32, _ ignoresCase: Bool = false) -> Bool {
    if ranges.contains(where: { $0.contains(value) }) { return !isNegated }
    if ignoresCase {
      for other in Self.otherCases(of: value) where ranges.contains(where: { $0.contains(other) }) { return !isNegated }
    }
    return isNegated
  }

  private static func otherCases(of value: UInt32) -> [UInt32] {
    if value < 128 { return (0x41...0x5A).contains(value & ~0x20) ? [value ^ 0x20] : [] }
    guard let properties = Unicode.Scalar(value)?.properties else { return [] }
    return [properties.lowercaseMapping, properties.uppercaseMapping].compactMap { mapped in
      let scalars = mapped.unicodeScalars
      return scalars.count == 1 ? scalars.first?.value : nil
    }
  }
}
