import Workspace

/// Which functions the failing tests point at, by their names alone: `trim` fails, so `trim` and what it calls come first.
///
/// A test is mostly named for what it tests, and a failed check mostly prints the call (cf. the name-based baselines in
/// Wong et al., "A Survey on Software Fault Localization", IEEE TSE 2016). It is a guess, so it orders and never excludes.
struct Suspects {
  /// How likely an edit's place is: the lower, the sooner.
  enum Level: Int, Comparable {
    /// A failing test names the function.
    case named
    /// It names half of its words, or the function is called by one that is named.
    case near
    case other

    static func < (one: Level, other: Level) -> Bool { one.rawValue < other.rawValue }
  }

  private struct Function {
    let path: TreePath
    let lines: ClosedRange<Int>
    let name: String
    let calls: Set<String>
    var level = Level.other
  }

  private let functions: [TreePath: [Function]]

  /// - Parameter clues: What is known of the failure: names of tests, lines of their output.
  init(_ files: [TreePath: [UInt8]], clues: [String]) {
    let lines = clues.flatMap { $0.split(whereSeparator: \.isNewline) }.prefix(200).map { Self.words($0.prefix(1000)) }
    guard !lines.isEmpty else {
      functions = [:]
      return
    }
    var found = files.flatMap { path, bytes in Self.functions(of: bytes, path) }
    for index in found.indices { found[index].level = Self.level(of: found[index].name, lines: lines) }
    let called = Set(found.filter { $0.level == .named }.flatMap(\.calls))
    for index in found.indices where found[index].level == .other && called.contains(found[index].name) {
      found[index].level = .near
    }
    functions = Dictionary(grouping: found, by: \.path)
  }

  /// How likely a line is to hold the mistake.
  func level(_ path: TreePath, line: Int) -> Level {
    functions[path]?.filter { $0.lines.contains(line) }.map(\.level).min() ?? .other
  }

  private static func level(of name: String, lines: [Set<String>]) -> Level {
    let words = Self.words(name[...])
    guard !words.isEmpty else { return .other }
    let most = lines.map { words.intersection($0).count }.max() ?? 0
    return most == words.count ? .named : most * 2 >= words.count ? .near : .other
  }

  private static func functions(of bytes: [UInt8], _ path: TreePath) -> [Function] {
    guard let language = SourceLanguage.of(path), !bytes.contains(0) else { return [] }
    let site = MutationSite(bytes: bytes, language: language)
    return FunctionScopes.of(site).compactMap { range in
      guard let open = range.first(where: { site.text($0) == "(" }), open > range.lowerBound,
        let last = range.last, site.tokens[open - 1].kind == .word
      else { return nil }
      let calls = range.filter { site.tokens[$0].isName && site.text($0 + 1) == "(" }.map(site.text)
      return Function(
        path: path, lines: site.tokens[range.lowerBound].line...site.tokens[last].line, name: site.text(open - 1),
        calls: Set(calls))
    }
  }

  /// The words of a name or a sentence, in lower case: `parseNumber`, `parse_number` and `parse number` are alike.
  static func words(_ text: Substring) -> Set<String> {
    var words: Set<String> = []
    var word = ""
    var wasLower = false
    for character in text {
      if character.isLetter || character.isNumber {
        if character.isUppercase, wasLower {
          words.insert(word)
          word = ""
        }
        word += character.lowercased()
        wasLower = character.isLowercase || character.isNumber
      } else {
        words.insert(word)
        word = ""
        wasLower = false
      }
    }
    words.insert(word)
    words.remove("")
    return words
  }
}
