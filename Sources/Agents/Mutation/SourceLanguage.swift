import Workspace

/// What a tokenizer must know of a language so as not to take comments and texts for code.
struct SourceLanguage: Equatable, Sendable {
  /// Blocks by indentation, `#` comments, `and`, `or` and `not`.
  var isPython = false
  /// Lines that begin with `#` belong to a preprocessor.
  var hasPreprocessor = false
  /// Block comments nest.
  var nestsComments = false
  /// `'` begins a text of any length, as in JavaScript, and not one character.
  var hasLongSingleQuotes = false
  /// A backtick begins a text.
  var hasBackticks = false
  /// `"""` begins a text of several lines.
  var hasTripleQuotes = false
  /// `'a` alone may be a lifetime.
  var hasLifetimes = false
  /// `/` may begin a regular expression.
  var hasRegularExpressions = false
  /// `a < b` is a comparison only with spaces around it: `Array<Int>` is none.
  var hasGenerics = false
  /// `if` needs no parentheses.
  var hasBareConditions = false
  /// Texts may be written raw: `r#"..."#`, `R"(...)"`, `@"..."`, `#"..."#`.
  var raw: Raw = .none

  enum Raw: Sendable { case none, rust, cpp, csharp, swift }

  /// The language of a file by its name; nil when its files are left alone.
  static func of(_ path: TreePath) -> SourceLanguage? {
    let name = path.description
    guard let dot = name.lastIndex(of: ".") else { return nil }
    switch name[name.index(after: dot)...] {
    case "c": return SourceLanguage(hasPreprocessor: true)
    case "h", "cc", "cpp": return SourceLanguage(hasPreprocessor: true, hasGenerics: true, raw: .cpp)
    case "cs": return SourceLanguage(hasPreprocessor: true, hasTripleQuotes: true, hasGenerics: true, raw: .csharp)
    case "java": return SourceLanguage(hasTripleQuotes: true, hasGenerics: true)
    case "js", "ts":
      return SourceLanguage(
        hasLongSingleQuotes: true, hasBackticks: true, hasRegularExpressions: true, hasGenerics: true)
    case "go": return SourceLanguage(hasBackticks: true, hasBareConditions: true)
    case "rs":
      return SourceLanguage(
        nestsComments: true, hasLifetimes: true, hasGenerics: true, hasBareConditions: true, raw: .rust)
    case "swift":
      return SourceLanguage(
        hasPreprocessor: true, nestsComments: true, hasTripleQuotes: true, hasGenerics: true, hasBareConditions: true,
        raw: .swift)
    case "py": return SourceLanguage(isPython: true, hasLongSingleQuotes: true, hasTripleQuotes: true)
    default: return nil
    }
  }
}
