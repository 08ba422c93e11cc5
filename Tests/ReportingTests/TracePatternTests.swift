import Reporting
import Testing

@Suite("Patterns for traces") struct TracePatternTests {
  private func end(_ pattern: String, _ line: String, fixed: Bool = false, ignoresCase: Bool = false) throws -> Int? {
    try TracePattern(pattern, isFixed: fixed, ignoresCase: ignoresCase).end(in: line.unicodeScalars)
  }

  @Test(
    "find where the first match ends",
    arguments: [
      ("abc", "xxabcx", 5), ("a.c", "a🧪c", 3), ("", "x", 0), ("^ab", "ab", 2), ("b$", "ab", 2), ("^$", "", 0),
      ("a|bc", "xbc", 3), ("a(b|c)d", "xacd", 4), ("(?:ab)+c", "ababc", 5), ("a*b", "aaab", 4), ("ab?c", "ac", 2),
      ("a{3}", "xaaa", 4), ("a{2,}b", "aab", 3), ("^a{1,2}b", "aab", 3), ("a{,2}", "a{,2}", 5), ("a{x", "a{x", 3),
      ("[a-cx]+z", "bxz", 3), ("[^a-c]", "abd", 3), ("[]a]", "]", 1), ("[a-]", "-", 1), ("[\\d-]x", "7x", 2),
      ("\\d+ \\w+", "x 12 ab", 6), ("\\s\\S", "a b", 3), ("\\bfoo\\b", "a foo b", 5), ("\\Boo", "foo", 3),
      ("\\.", "a.b", 2), ("\\t", "a\tb", 2), ("a+?b", "aab", 3), ("(a|b)*c", "ababc", 5), ("(|a)b", "b", 1),
      ("é", "caf\u{E9}", 4), ("a||b", "zzz", 0), ("(a*)*b", "aab", 3), ("x{0}y", "xy", 2), ("[\\]]", "]", 1),
      ("(a|ab)(c|bcd)$", "abcd", 4),
    ] as [(String, String, Int)])
  func found(pattern: String, line: String, place: Int) throws { #expect(try end(pattern, line) == place) }

  @Test(
    "find nothing where there is nothing",
    arguments: [
      ("abc", "ab"), ("a.c", "ac"), ("^b", "ab"), ("a$", "ab"), ("a{3}", "aa"), ("^a{1,2}b", "aaab"), ("[^a]", "aaa"),
      ("\\d", "abc"), ("\\bfoo\\b", "afoo"), ("A", "a"), ("a|b", "xyz"), ("\\D", "123"),
    ])
  func notFound(pattern: String, line: String) throws { #expect(try end(pattern, line) == nil) }

  @Test("a text is taken as it is; letters of either case count where that is asked for") func options() throws {
    #expect(try end("a.c(", "abc a.c(", fixed: true) == 8)
    #expect(try end("a.c", "abc", fixed: true) == nil)
    #expect(try end("ERROR", "an Error", ignoresCase: true) == 8)
    #expect(try end("[a-f]É", "Cé", ignoresCase: true) == 2)
    #expect(try end("[^a]", "A", ignoresCase: true) == nil)
    #expect(try end("[", "[", fixed: true, ignoresCase: true) == 1)
  }

  @Test(
    "what can't be read is said",
    arguments: [
      ("a(b", "the '(' at character 2 has no ')'"), ("a)", "there is a ')' without its '(' at character 2"),
      ("[a", "the '[' at character 1 has no ']'"),
      ("[z-a]", "a range in the brackets at character 1 ends before it begins"),
      ("*a", "there is nothing for the '*' at character 1 to repeat; '\\*' is the character"),
      ("a\\", "it ends with a '\\'; '\\\\' is the character"), ("a{9,2}", "'{9,2}' ends before it begins"),
      ("(?=a)", "'(?' is only known as '(?:' at character 1: there is no looking around"),
      ("(a)\\1", "'\\1' at character 4 is not known; known are \\d \\w \\s \\b \\D \\W \\S \\B \\t"),
      ("(a{1000}){1000}", "it is too long, or repeats too much"),
      ("((a{1,99}){1,99}){1,99}", "it is too long, or repeats too much"),
      ("a{99999}", "a part can't be repeated 99999 times; 2000 at most"),
      (String(repeating: "(", count: 200), "groups lie more than 50 deep"),
      ("[\\W]", "'\\W' can't stand in the brackets at character 1; use '[^…]'"),
    ])
  func refused(pattern: String, why: String) {
    let error = #expect(throws: PatternError.self) { try TracePattern(pattern) }
    #expect(error?.description == why)
  }

  @Test(
    "a text made against backtracking takes time in proportion",
    arguments: ["(a*)*b", "(a|aa)+$b", "(a|a?)+b", "a*a*a*a*a*a*b", "(.*)(.*)(.*)b", "(x+x+)+y|b"])
  func hostile(pattern: String) throws {
    // 100,000 characters: a backtracking matcher needs longer than the universe has stood.
    #expect(try end(pattern, String(repeating: "a", count: 100_000)) == nil)
  }
}
