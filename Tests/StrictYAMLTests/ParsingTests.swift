import StrictYAML
import Testing

@Suite("Parsing a YAML file") struct ParsingTests {
  @Test("every value knows its file, line, column and path") func places() throws {
    let root = try YAMLValue(parsing: "name: x\nscorers:\n  - run: a\n  - run: b\n    'a b': 1\n", file: "belljar.yaml")
    let scorers = try root.mapping().require("scorers").list()
    let run = try scorers[1].mapping().require("run")
    #expect(run.path == "scorers[1].run")
    #expect([run.line, run.column] == [4, 10])
    #expect(run.file == "belljar.yaml")
    #expect(try scorers[1].mapping().require("a b").path == "scorers[1].'a b'")
    #expect(run.error("no").description == "belljar.yaml:4:10: scorers[1].run: no")
  }

  @Test(
    "broken files are refused with a place",
    arguments: [
      ("", "f:1:1: the file is empty"),
      ("# only a comment\n", "f:1:1: the file is empty"),
      ("---\n", "f:2:1: the file is empty"),
      ("a: 1\nb: 2\na: 3\n", "f:3:1: the key 'a' stands more than once in this mapping, first in line 1"),
      ("a: 1\n'a': 3\n", "f:2:1: the key 'a' stands more than once in this mapping, first in line 1"),
      ("a: 1\n---\nb: 2\n", "f:2:1: a second document starts here; expected only one in the file"),
      ("a: *b\n", "f:1:4: found undefined alias"),
      ("a: &x [*x]\n", "f:1:8: found undefined alias"),
      ("a: &x {b: 1}\nc:\n  <<: *x\n", "f:3:3: c: merge keys ('<<') are not read; write the entries out"),
      ("? [a, b]\n: 1\n", "f:1:3: expected a name as the key; found a list"),
      ("a: \"x\\0y\"\n", "f:1:4: a: a NUL character is not allowed"),
      (
        "# x\r\n%YAML 1.1\n---\na: 1\n",
        "f:2:1: directives ('%YAML', '%TAG') are not read, and no line may begin with '%'"
      ),
      ("a: 1\nb: \u{1}\n", "f:2:4: control characters are not allowed"),
    ])
  func broken(text: String, message: String) {
    #expect(throws: YAMLError.self) { try YAMLValue(parsing: text, file: "f") }
    #expect(complaint { try YAMLValue(parsing: text, file: "f") } == message)
  }

  @Test("bad syntax names the line where it is", arguments: ["a: [1, 2\nb: 3\n", "a: b: c\n", "\t- x", "a: 'x\n", "@"])
  func syntax(text: String) throws {
    let message = try #require(complaint { try YAMLValue(parsing: text, file: "f") })
    #expect(message.wholeMatch(of: /f:\d+:\d+: .+/) != nil)
  }

  @Test("an unquoted pattern that starts with '!' or '*' is not read as something else") func patterns() throws {
    let tag = try #require(complaint { try YAMLValue(parsing: "a:\n  - !src/x.h\n", file: "f") })
    #expect(tag.hasPrefix("f:2:5: a[0]: '!src/x.h' reads as a YAML tag"))
    let flow = try #require(complaint { try YAMLValue(parsing: "a: [b, !src/x.h]\n", file: "f") })
    #expect(flow.hasSuffix("a text that starts with '!' needs quotes"))
    let alias = try #require(complaint { try YAMLValue(parsing: "a: [**, c]\n", file: "f") })
    #expect(alias.hasSuffix("a text that starts with '*' needs quotes"))
  }

  @Test("aliases are read where they stay few") func aliases() throws {
    let root = try YAMLValue(parsing: "a: &x {wall: 3 s}\nb: *x\n", file: "f").mapping()
    #expect(try root.require("b").mapping().require("wall").string() == "3 s")
  }

  @Test("files that would grow or recurse without bound are refused quickly")
  func bombs() throws {
    var bomb = "a0: &a0 [x, x]\n"
    for level in 1...30 { bomb += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n" }
    let wide = "a: &a [\(String(repeating: "x,", count: 60_000))]\nb: *a\n"
    let keyBomb = bomb + "? *a30\n: 1\n"
    let indents = (0..<3000).map { String(repeating: " ", count: $0) + "a:\n" }.joined()
    let directives = (0..<40_000).map { "%TAG !a\($0)! x\n" }.joined() + "---\na: 1\n"
    let inputs = [
      bomb, directives, "a: 1\n...\n" + directives, "\u{FEFF}" + directives, keyBomb, wide, indents,
      String(repeating: "[", count: 200_000), String(repeating: "{a: ", count: 50_000),
      String(repeating: "- ", count: 100_000), String(repeating: "a", count: 1_000_001),
    ]
    for input in inputs { #expect(throws: YAMLError.self) { try YAMLValue(parsing: input, file: "f") } }
  }

  @Test("any bytes give a value or an error, never a crash") func noise() {
    var random = Xorshift(state: 7)
    let alphabet = Array("ab:-[]{}&*!|>'\"%@`#,? \n\t\\0~<é\u{FEFF}")
    for _ in 0..<4000 {
      let text = String(
        (0..<Int(random.next() % 40)).map { _ in alphabet[Int(random.next() % UInt64(alphabet.count))] })
      _ = try? YAMLValue(parsing: text, file: "f")
    }
  }
}

/// What was thrown, as a user would read it.
func complaint(_ body: () throws -> some Any) -> String? {
  do {
    _ = try body()
    return nil
  } catch {
    return "\(error)"
  }
}

struct Xorshift: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state
  }
}
