/// A piece of code. Comments and the preprocessor's lines are none; a text is one, so that its neighbours know it.
struct Token: Equatable, Sendable {
  enum Kind: Sendable { case word, number, text, mark }

  let kind: Kind
  let text: String
  /// Its bytes in the file.
  let range: Range<Int>
  /// Its line, from 1.
  let line: Int
  /// Its first byte in the line, from 1.
  let column: Int
  /// Whether white space stands before and after it.
  let spaceBefore: Bool
  let spaceAfter: Bool

  /// Whether an operand may end with it, so that an operator after it has two sides.
  var endsOperand: Bool {
    switch kind {
    case .number, .text: true
    case .word: !Words.operators.contains(text)
    case .mark: text == ")" || text == "]" || text == "++" || text == "--"
    }
  }

  /// Whether it may be the name of a value.
  var isName: Bool { kind == .word && !Words.reserved.contains(text) }
}

/// Words that are not names of values.
enum Words {
  /// After these an operand begins.
  static let operators: Set<String> = [
    "return", "if", "else", "while", "for", "in", "of", "and", "or", "not", "case", "throw", "yield", "is", "do",
    "elif",
    "guard", "switch", "match", "await", "try", "assert", "lambda", "where",
  ]

  /// Words of control flow that stand before a parenthesis without being called.
  static let control: Set<String> = operators.union([
    "catch", "sizeof", "typeof", "alignof", "except", "with", "using", "lock", "synchronized", "def", "func", "fn",
    "function", "_Alignof", "offsetof",
  ])

  /// Types and qualifiers: what follows is declared.
  static let types: Set<String> = [
    "int", "char", "long", "short", "unsigned", "signed", "float", "double", "void", "bool", "boolean", "byte", "const",
    "static", "struct", "enum", "union", "auto", "var", "let", "mut", "val", "final", "inline", "extern", "register",
    "volatile", "restrict", "string", "String", "typedef", "class", "interface", "def", "func", "fn", "function",
    "public",
    "private", "protected", "internal", "package", "new", "import", "from", "use", "type", "goto", "ref", "pub",
  ]

  static let reserved: Set<String> = operators.union(control).union(types).union([
    "break", "continue", "true", "false", "True", "False", "None", "nil", "null", "NULL", "nullptr", "undefined",
    "self",
    "this", "super", "default", "pass", "global", "nonlocal", "del", "as", "finally", "impl", "trait", "loop",
    "defer", "Self", "throws", "async", "inout", "some", "any", "unsafe", "fallthrough", "repeat", "raise", "chan",
    "select", "go",
  ])
}
