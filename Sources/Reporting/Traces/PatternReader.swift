/// Reads a regular expression into a program of states.
///
/// Understood are `.` `[a-z]` `[^a-z]` `( )` `(?: )` `|` `*` `+` `?` `{2,5}` `^` `$` and the escapes `\d \w \s \b` with their
/// opposites `\D \W \S \B`, `\t`, and `\` before any mark. What needs backtracking isn't there: references and looking around.
struct PatternReader {
  /// States that a pattern may have: with it grows the time for each character of a trace.
  static let mostStates = 2000
  /// How deep groups may lie in each other.
  static let mostDepth = 50

  /// A part of a program; its jumps count from its own beginning.
  private typealias Part = [TracePattern.Instruction]

  private let scalars: [Unicode.Scalar]
  private var position = 0

  init(_ text: String) { scalars = Array(text.unicodeScalars) }

  /// The text as it is.
  mutating func fixed() throws(PatternError) -> [TracePattern.Instruction] {
    try bounded(scalars.map { .one(Self.set($0)) }) + [.found]
  }

  mutating func expression() throws(PatternError) -> [TracePattern.Instruction] {
    let part = try alternatives(depth: 0)
    if position < scalars.count { throw PatternError("there is a ')' without its '(' at character \(position + 1)") }
    return part + [.found]
  }

  private mutating func alternatives(depth: Int) throws(PatternError) -> Part {
    guard depth <= Self.mostDepth else { throw PatternError("groups lie more than \(Self.mostDepth) deep") }
    var part = try sequence(depth: depth)
    while take("|") {
      let other = try sequence(depth: depth)
      part = try bounded(
        [.fork(1, part.count + 2)] + Self.moved(part, by: 1) + [.jump(part.count + 2 + other.count)]
          + Self.moved(other, by: part.count + 2))
    }
    return part
  }

  private mutating func sequence(depth: Int) throws(PatternError) -> Part {
    var part: Part = []
    while let next = peek, next != "|", next != ")" {
      let piece = try repeated(atom(depth: depth))
      part = try bounded(part + Self.moved(piece, by: part.count))
    }
    return part
  }

  private mutating func atom(depth: Int) throws(PatternError) -> Part {
    let start = position
    guard let next = advance() else { return [] }
    switch next {
    case ".": return [.one(.any)]
    case "^": return [.atBegin]
    case "$": return [.atEnd]
    case "[": return [.one(try bracket(start))]
    case "(":
      if take("?"), !take(":") {
        throw PatternError("'(?' is only known as '(?:' at character \(start + 1): there is no looking around")
      }
      let part = try alternatives(depth: depth + 1)
      guard take(")") else { throw PatternError("the '(' at character \(start + 1) has no ')'") }
      return part
    case "*", "+", "?":
      throw PatternError(
        "there is nothing for the '\(next)' at character \(start + 1) to repeat; '\\\(next)' is the character")
    case "\\": return [try escape(start)]
    default: return [.one(Self.set(next))]
    }
  }

  /// Takes what says how often the part comes; a `?` behind it (fewest first) makes no difference to whether there is a match.
  private mutating func repeated(_ part: Part) throws(PatternError) -> Part {
    var part = part
    while let next = peek {
      switch next {
      case "*": part = try bounded(Self.any(part))
      case "+": part = try bounded(part + Self.moved(Self.any(part), by: part.count))
      case "?": part = try bounded(Self.maybe(part))
      case "{":
        guard let (least, most, end) = try bounds() else { return part }
        position = end
        part = try times(part, least, most)
        _ = take("?")
        continue
      default: return part
      }
      position += 1
      _ = take("?")
    }
    return part
  }

  private func times(_ part: Part, _ least: Int, _ most: Int?) throws(PatternError) -> Part {
    var result: Part = []
    for _ in 0..<least { result = try bounded(result + Self.moved(part, by: result.count)) }
    guard let most else { return try bounded(result + Self.moved(Self.any(part), by: result.count)) }
    for _ in least..<most { result = try bounded(result + Self.moved(Self.maybe(part), by: result.count)) }
    return result
  }

  /// Reads `{2}`, `{2,}` or `{2,5}`; another `{` is the character itself.
  private func bounds() throws(PatternError) -> (least: Int, most: Int?, end: Int)? {
    let rest = scalars[(position + 1)...]
    guard let end = rest.firstIndex(of: "}") else { return nil }
    let parts = rest[..<end].split(separator: ",", omittingEmptySubsequences: false).map {
      String(String.UnicodeScalarView($0))
    }
    guard parts.count <= 2, let first = parts.first, let least = Int(first), least >= 0 else { return nil }
    if parts.count == 1 { return (try counted(least), least, end + 1) }
    if parts[1].isEmpty { return (try counted(least), nil, end + 1) }
    guard let most = Int(parts[1]) else { return nil }
    guard most >= least else { throw PatternError("'{\(least),\(most)}' ends before it begins") }
    return (least, try counted(most), end + 1)
  }

  private func counted(_ count: Int) throws(PatternError) -> Int {
    guard count <= Self.mostStates else {
      throw PatternError("a part can't be repeated \(count) times; \(Self.mostStates) at most")
    }
    return count
  }

  private static func any(_ part: Part) -> Part {
    [.fork(1, part.count + 2)] + moved(part, by: 1) + [.jump(0)]
  }

  private static func maybe(_ part: Part) -> Part { [.fork(1, part.count + 1)] + moved(part, by: 1) }

  private static func moved(_ part: Part, by offset: Int) -> Part {
    part.map { instruction in
      switch instruction {
      case .fork(let one, let other): .fork(one + offset, other + offset)
      case .jump(let target): .jump(target + offset)
      default: instruction
      }
    }
  }

  private func bounded(_ part: Part) throws(PatternError) -> Part {
    guard part.count < Self.mostStates else { throw PatternError("it is too long, or repeats too much") }
    return part
  }
}

extension PatternReader {
  private static func set(_ scalar: Unicode.Scalar) -> CharacterSet {
    CharacterSet(ranges: [scalar.value...scalar.value])
  }

  private mutating func escape(_ start: Int) throws(PatternError) -> TracePattern.Instruction {
    guard let next = advance() else { throw PatternError("it ends with a '\\'; '\\\\' is the character") }
    if next == "b" { return .atWordEdge(true) }
    if next == "B" { return .atWordEdge(false) }
    return .one(try Self.escaped(next, start))
  }

  private static func escaped(_ next: Unicode.Scalar, _ start: Int) throws(PatternError) -> CharacterSet {
    var set: CharacterSet
    switch next {
    case "d", "D": set = .digit
    case "w", "W": set = .word
    case "s", "S": set = .space
    case "t": return Self.set("\t")
    case _ where next.properties.isAlphabetic || next.properties.numericType != nil:
      throw PatternError(
        "'\\\(next)' at character \(start + 1) is not known; known are \\d \\w \\s \\b \\D \\W \\S \\B \\t")
    default: return Self.set(next)
    }
    set.isNegated = "DWS".unicodeScalars.contains(next)
    return set
  }

  /// Reads what follows a `[`.
  private mutating func bracket(_ start: Int) throws(PatternError) -> CharacterSet {
    var set = CharacterSet()
    set.isNegated = take("^")
    var isFirst = true
    while let next = advance() {
      // A `]` that comes first is a character.
      if next == "]", !isFirst { return set }
      isFirst = false
      if next == "\\", let escape = advance() {
        let escaped = try Self.escaped(escape, start)
        guard !escaped.isNegated else {
          throw PatternError("'\\\(escape)' can't stand in the brackets at character \(start + 1); use '[^…]'")
        }
        set.ranges += escaped.ranges
        continue
      }
      guard peek == "-", position + 1 < scalars.count, scalars[position + 1] != "]" else {
        set.ranges.append(next.value...next.value)
        continue
      }
      position += 1
      let last = advance() == "\\" ? advance() : scalars[position - 1]
      guard let last, last >= next else {
        throw PatternError("a range in the brackets at character \(start + 1) ends before it begins")
      }
      set.ranges.append(next.value...last.value)
    }
    throw PatternError("the '[' at character \(start + 1) has no ']'")
  }

  private var peek: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

  private mutating func advance() -> Unicode.Scalar? {
    guard let next = peek else { return nil }
    position += 1
    return next
  }

  private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    guard peek == scalar else { return false }
    position += 1
    return true
  }
}
