/// Cuts source text into tokens, well enough for small edits: it needs no grammar, only where comments and texts end.
struct Tokenizer {
  private let bytes: [UInt8]
  private let language: SourceLanguage
  private var at = 0
  private var line = 1
  private var lineStart = 0
  private var atLineStart = true
  private var tokens: [Token] = []

  static func tokens(_ bytes: [UInt8], _ language: SourceLanguage) -> [Token] {
    var tokenizer = Tokenizer(bytes: bytes, language: language)
    tokenizer.run()
    return tokenizer.tokens
  }

  private init(bytes: [UInt8], language: SourceLanguage) {
    self.bytes = bytes
    self.language = language
  }

  private mutating func run() {
    while at < bytes.count {
      let byte = bytes[at]
      if byte == UInt8(ascii: "\n") {
        newLine()
      } else if byte.isBlank || byte == 0x0C {
        at += 1
      } else if skipComment() {
        continue
      } else if byte == UInt8(ascii: "#"), language.hasPreprocessor, atLineStart {
        skipDirective()
      } else {
        token()
        atLineStart = false
      }
    }
  }

  private mutating func newLine() {
    at += 1
    line += 1
    lineStart = at
    atLineStart = true
  }

  func starts(_ text: StaticString) -> Bool {
    let count = text.utf8CodeUnitCount
    guard at + count <= bytes.count else { return false }
    return (0..<count).allSatisfy { bytes[at + $0] == text.utf8Start[$0] }
  }

  private mutating func skipComment() -> Bool {
    if language.isPython ? starts("#") : starts("//") {
      while at < bytes.count, bytes[at] != UInt8(ascii: "\n") { at += 1 }
      return true
    }
    guard !language.isPython, starts("/*") else { return false }
    var depth = 0
    repeat {
      if starts("/*"), depth == 0 || language.nestsComments {
        depth += 1
        at += 2
      } else if starts("*/") {
        depth -= 1
        at += 2
      } else if bytes[at] == UInt8(ascii: "\n") {
        newLine()
      } else {
        at += 1
      }
    } while depth > 0 && at < bytes.count
    return true
  }

  /// To the line's end, and on where a backslash joins the next line.
  private mutating func skipDirective() {
    while at < bytes.count {
      if bytes[at] == UInt8(ascii: "\n") {
        let joined = bytes[at - 1] == UInt8(ascii: "\\")
        newLine()
        if !joined { return }
      } else if starts("//") || starts("/*") {
        if !skipComment() { at += 1 }
      } else {
        at += 1
      }
    }
  }

  private mutating func token() {
    let start = at
    let (startLine, startColumn) = (line, at - lineStart + 1)
    let kind: Token.Kind
    if let end = textEnd() {
      kind = .text
      while at < end { if bytes[at] == UInt8(ascii: "\n") { newLine() } else { at += 1 } }
    } else if bytes[at].isDigit {
      kind = .number
      skipNumber()
    } else if bytes[at].isWord {
      kind = .word
      while at < bytes.count, bytes[at].isWord { at += 1 }
    } else {
      kind = .mark
      at += markLength()
    }
    let isBlank = { [bytes] (index: Int) in
      !bytes.indices.contains(index) || bytes[index].isBlank || bytes[index] == UInt8(ascii: "\n")
    }
    tokens.append(
      Token(
        kind: kind, text: String(decoding: bytes[start..<at], as: UTF8.self), range: start..<at, line: startLine,
        column: startColumn, spaceBefore: isBlank(start - 1), spaceAfter: isBlank(at)))
  }

  private mutating func skipNumber() {
    while at < bytes.count {
      let byte = bytes[at]
      // A sign belongs to the number only in an exponent: 1e-9.
      let isSign = (byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+")) && at > 0
      let inExponent = isSign && (bytes[at - 1] | 0x20) == UInt8(ascii: "e") && !isHexadecimal
      // A point does unless it is one of a range: 0..<n.
      let isPoint = byte == UInt8(ascii: ".") && !(at + 1 < bytes.count && bytes[at + 1] == byte)
      // So does an apostrophe between digits in C++ and C: 1'000'000.
      let isSeparator =
        byte == UInt8(ascii: "'") && language.hasPreprocessor && at + 1 < bytes.count && bytes[at + 1].isWord
      guard byte.isWord || inExponent || isPoint || isSeparator else { return }
      at += 1
    }
  }

  private var isHexadecimal: Bool {
    var start = at
    while start > 0, bytes[start - 1].isWord { start -= 1 }
    return start + 1 < bytes.count && bytes[start] == UInt8(ascii: "0")
      && (bytes[start + 1] | 0x20) == UInt8(ascii: "x")
  }

  private func markLength() -> Int {
    if starts(">>>=") { return 4 }
    if starts("===") || starts("!==") || starts("<<=") || starts(">>=") || starts("...") || starts("..<")
      || starts("..=") || starts("**=") || starts("//=") || starts(">>>")
    {
      return 3
    }
    let pairs: [StaticString] = [
      "<=", ">=", "==", "!=", "&&", "||", "++", "--", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<", ">>", "->",
      "=>",
      "::", ":=", "**", "//", "??", "?.", "..",
    ]
    return pairs.contains(where: starts) ? 2 : 1
  }

  /// Where the text that begins here ends; nil when none does.
  private func textEnd() -> Int? {
    TextScanner(bytes: bytes, at: at, language: language, afterOperand: tokens.last?.endsOperand ?? false).end
  }
}
