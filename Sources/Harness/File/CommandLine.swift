/// A command as the kernel gets it.
package enum HarnessCommand: Sendable, Hashable {
  /// A program and its arguments, with no shell between.
  case direct([String])
  /// A script for `/bin/sh -c`.
  case shell(String)

  /// Decides from the text alone how it is run.
  ///
  /// Without shell syntax the text is split at spaces and run directly: there is no shell to start, and no second reading of
  /// the words. Shell syntax is:
  /// - anywhere: a newline or one of `` | & ; < > ( ) $ ` \ " ' * ? [ ] { } ``;
  /// - at the start of a word: `#` (a comment) and `~` (a home);
  /// - as the first word: an assignment such as `A=1`, or a word that only a shell knows, such as `cd` or `if`.
  ///
  /// So `make CC=gcc -j4` runs directly and `CC=gcc make` through the shell.
  package init(_ text: String) {
    let words = text.split { $0 == " " || $0 == "\t" }.map(String.init)
    let special = text.unicodeScalars.contains { Self.syntax.contains($0) }
    let wordStarts = words.contains { $0.hasPrefix("#") || $0.hasPrefix("~") }
    let first = words.first.map { $0.contains("=") || Self.shellWords.contains($0) } ?? false
    self = special || wordStarts || first ? .shell(text) : .direct(words)
  }

  /// The argument vector that is executed.
  package var arguments: [String] {
    switch self {
    case .direct(let arguments): arguments
    case .shell(let script): ["/bin/sh", "-c", script]
    }
  }

  /// The words that may name files: quotes and operators are taken as gaps between words.
  var words: [String] {
    let texts: [String] =
      switch self {
      case .direct(let arguments): arguments
      case .shell(let script): [script]
      }
    return texts.flatMap { $0.split { " \t\n\"'|&;<>()`=:,".contains($0) } }.map(String.init)
  }

  private static let syntax = Set("\n\r|&;<>()$`\\\"'*?[]{}".unicodeScalars)
  private static let shellWords: Set<String> = [
    "!", ".", ":", "case", "cd", "command", "eval", "exec", "exit", "export", "for", "if", "set", "source", "trap",
    "ulimit", "umask", "unset", "until", "while",
  ]
}
