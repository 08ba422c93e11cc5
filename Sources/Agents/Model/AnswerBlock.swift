/// One change that a model's answer asks for.
struct AnswerBlock: Equatable {
  enum Change: Equatable {
    /// The file's lines, all of them.
    case whole([Substring])
    /// The lines between the marks, the dividers among them: which one divides is known only when it is applied.
    case replace([Substring])
  }

  /// As the answer names it.
  let path: String
  let change: Change
  /// The line of the answer that it begins at, counted from 1.
  let line: Int
}

/// What a model's answer holds.
///
/// ```
/// FILE src/a.c                      FILE src/new.c
/// <<<<<<< SEARCH                    <<<<<<< WHOLE
/// lines as they are                 the lines of the file
/// =======                           >>>>>>> WHOLE
/// lines as they shall be
/// >>>>>>> REPLACE
/// ```
/// Fences around a block, marks around a path and marks of another length are forgiven; a block without an end, or an end without
/// a block, is a fault, as a part of the answer may be missing there.
struct AnswerText {
  private(set) var blocks: [AnswerBlock] = []
  /// What can't be read, each in a sentence for the model.
  private(set) var faults: [String] = []
  /// What stands around the blocks.
  private(set) var prose: [Substring] = []
  private var lines: [Substring]
  private var at = 0
  /// The file that the next block is for.
  private var path: String?
  /// The last line of words since the last block.
  private var words: Substring?

  static let mostBlocks = 200

  init(_ text: String) {
    lines = TextLines.split(text)
    while at < lines.count {
      let line = lines[at]
      if let path = Self.path(line) {
        self.path = path
        words = nil
        at += 1
        takeFence()
        continue
      }
      switch Mark(line) {
      case .search?: take(.search)
      case .whole(isEnd: false)?: take(.whole(isEnd: false))
      case .replaceEnd?, .whole(isEnd: true)?:
        faults.append("line \(at + 1) ends a block, but none begins before it")
        at += 1
      case nil:
        if !Self.isFence(line) {
          prose.append(line)
          if !line.allSatisfy(\.isWhitespace) { words = line }
        }
        at += 1
      }
      if blocks.count > Self.mostBlocks {
        faults = ["more than \(Self.mostBlocks) blocks"]
        return
      }
    }
  }

  /// Whether the model says that it means to change nothing.
  var declines: Bool { prose.contains { $0.filter { !" .*`".contains($0) }.uppercased() == "NOCHANGE" } }

  private enum Mark: Equatable {
    case search, replaceEnd
    case whole(isEnd: Bool)

    init?(_ line: Substring) {
      let opens = line.prefix { $0 == "<" }.count
      let closes = line.prefix { $0 == ">" }.count
      let word = line.dropFirst(max(opens, closes)).filter { !$0.isWhitespace }
      switch word {
      case "SEARCH" where (5...9).contains(opens): self = .search
      case "REPLACE" where (5...9).contains(closes): self = .replaceEnd
      case "WHOLE" where (5...9).contains(opens): self = .whole(isEnd: false)
      case "WHOLE" where (5...9).contains(closes): self = .whole(isEnd: true)
      default: return nil
      }
    }
  }

  /// Takes a block from its first mark to its last.
  private mutating func take(_ mark: Mark) {
    let start = at
    let end = mark == .search ? Mark.replaceEnd : .whole(isEnd: true)
    var last = at + 1
    while last < lines.count, Mark(lines[last]) != end {
      if Mark(lines[last]) == mark { break }
      last += 1
    }
    guard last < lines.count, Mark(lines[last]) == end else {
      faults.append(
        "the block that begins in line \(start + 1) has no end (\(mark == .search ? ">>>>>>> REPLACE" : ">>>>>>> WHOLE"))"
      )
      at = last
      return
    }
    at = last + 1
    let content = Array(lines[(start + 1)..<last])
    guard let path = Self.bare(words) ?? path else {
      faults.append("the block in line \(start + 1) has no FILE line before it")
      return
    }
    self.path = path
    words = nil
    blocks.append(
      AnswerBlock(path: path, change: mark == .search ? .replace(content) : .whole(content), line: start + 1))
  }

  /// A file in a fence without marks: taken where it is certain where it ends.
  private mutating func takeFence() {
    var first = at
    while first < lines.count, lines[first].allSatisfy(\.isWhitespace) { first += 1 }
    guard first < lines.count, let path, let fence = Self.fence(lines[first]) else { return }
    var rest = first + 1
    while rest < lines.count, Self.path(lines[rest]) == nil, Mark(lines[rest]) == nil { rest += 1 }
    // A fence around marks is only decoration.
    if rest < lines.count, Mark(lines[rest]) != nil,
      lines[(first + 1)..<rest].allSatisfy({ $0.allSatisfy(\.isWhitespace) })
    {
      return
    }
    let ends = (first + 1..<rest).filter { Self.fence(lines[$0]) == fence }
    guard ends.count == 1, let end = ends.first else {
      faults.append(
        "it isn't certain where '\(path.prefix(100))' ends, whose fence begins in line \(first + 1); put it between <<<<<<< WHOLE and >>>>>>> WHOLE"
      )
      at = rest
      return
    }
    blocks.append(AnswerBlock(path: path, change: .whole(Array(lines[(first + 1)..<end])), line: first + 1))
    at = end + 1
  }

  private static func isFence(_ line: Substring) -> Bool { fence(line) != nil }

  /// The marks of a fence.
  private static func fence(_ line: Substring) -> Substring? {
    let text = line.drop { $0 == " " }
    let marks = text.prefix { $0 == "`" }
    return marks.count >= 3 && !text.dropFirst(marks.count).contains("`") ? marks : nil
  }

  /// The path that a FILE line names.
  private static func path(_ line: Substring) -> String? {
    let text = line.drop { " #*`".contains($0) }
    guard text.hasPrefix("FILE") || text.hasPrefix("File:") else { return nil }
    let rest = text.dropFirst(4)
    guard let first = rest.first, " :\t*".contains(first) else { return nil }
    let name = rest.drop { " :\t*`\"'".contains($0) }
    return trimmed(name).isEmpty ? nil : trimmed(name)
  }

  /// A line that holds a path and nothing else, as some models write it before a block.
  private static func bare(_ line: Substring?) -> String? {
    guard let line else { return nil }
    let text = trimmed(line.drop { " #*`".contains($0) })
    guard !text.contains(where: \.isWhitespace), text.contains("/") || text.dropLast().contains(".") else { return nil }
    return text
  }

  private static func trimmed(_ text: Substring) -> String {
    var text = text
    while let last = text.last, " \t\r*`\"':".contains(last) { text.removeLast() }
    return String(text)
  }
}
