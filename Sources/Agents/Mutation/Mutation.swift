/// The kinds of small mistakes, and how likely each is to be the one.
enum MutationKind: Int, CaseIterable, Sendable {
  case boundary, constant, offset, equality, direction, arithmetic, logic, negation, arguments, name, member
  case insertedOffset, bits, step, assignment, jump, rarer

  // `rarer` gathers what is seldom the mistake but now and then: it must not hold up the rest.

  /// How often the kind is tried, relative to the others. Faults by one at a boundary lead, and a wrong
  /// variable is the commonest of all one-token faults, though each of its many edits is unlikely.
  var weight: Double {
    switch self {
    case .boundary: 10
    case .offset: 8
    case .insertedOffset, .arithmetic: 6
    case .constant, .equality, .logic: 5
    case .arguments, .bits: 4
    case .name, .member: 3
    // What turns a whole condition or loop round is seen at once by who writes it.
    case .direction, .negation: 2
    case .step, .assignment, .jump, .rarer: 1
    }
  }

  /// Why one would try it.
  var note: String {
    switch self {
    case .boundary: "the boundary may belong to the other side"
    case .constant: "a constant may be off by one"
    case .offset: "an offset by one may be too much"
    case .equality: "equal and not equal may be swapped"
    case .direction: "a comparison may point the wrong way"
    case .arithmetic: "the arithmetic operator may be the wrong one"
    case .logic: "a logical operator may be the wrong one"
    case .negation: "a condition may be the wrong way round"
    case .arguments: "two arguments may be swapped"
    case .name: "another variable may be meant"
    case .member: "another member may be meant"
    case .insertedOffset: "an offset by one may be missing"
    case .bits: "the bitwise operator may be the wrong one"
    case .step: "a step may go the wrong way"
    case .assignment: "an assignment may add or replace"
    case .jump: "break and continue may be swapped"
    case .rarer: "a rarer slip"
    }
  }
}

/// One edit of a file: some bytes of one line replaced.
struct Mutation: Equatable, Sendable {
  let kind: MutationKind
  let range: Range<Int>
  let replacement: String
  let line: Int
  let column: Int
}

/// What the rules read and where they write: the tokens of a file and the edits found so far.
struct MutationSite {
  let bytes: [UInt8]
  let tokens: [Token]
  let language: SourceLanguage
  private(set) var found: [Mutation] = []

  init(bytes: [UInt8], language: SourceLanguage) {
    self.bytes = bytes
    self.language = language
    tokens = Tokenizer.tokens(bytes, language)
  }

  /// The text of a token; empty beyond the ends.
  func text(_ index: Int) -> String { tokens.indices.contains(index) ? tokens[index].text : "" }

  func source(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

  /// Replaces tokens.
  mutating func replace(_ kind: MutationKind, _ indices: ClosedRange<Int>, by text: String) {
    let (first, last) = (tokens[indices.lowerBound], tokens[indices.upperBound])
    found.append(
      Mutation(
        kind: kind, range: first.range.lowerBound..<last.range.upperBound, replacement: text, line: first.line,
        column: first.column))
  }

  mutating func replace(_ kind: MutationKind, _ index: Int, by text: String) { replace(kind, index...index, by: text) }

  /// The index of the mark that closes the one at `open`; nil when it is never closed.
  func closing(_ open: Int) -> Int? {
    var depth = 0
    for index in open..<tokens.count where tokens[index].kind == .mark {
      switch tokens[index].text {
      case "(", "[", "{": depth += 1
      case ")", "]", "}":
        depth -= 1
        if depth == 0 { return index }
      default: break
      }
    }
    return nil
  }
}
