import Testing
import Workspace

@testable import Agents

@Suite("Tokenizer") struct TokenizerTests {
  private func words(_ name: String, _ text: String) throws -> [String] {
    let path = try #require(TreePath(name))
    let language = try #require(SourceLanguage.of(path))
    return Tokenizer.tokens(Array(text.utf8), language).filter { $0.kind != .text }.map(\.text)
  }

  @Test(
    "comments, texts and the preprocessor are not code",
    arguments: [
      ("a.c", "a // b < c\n/* d\n < e */ f \"g < \\\" h\" 'i'"),
      ("a.c", "a\n#define b \\\n  c < d\nf"),
      ("a.c", "a 'x' '\\'' '\"' f"),
      ("a.cpp", "a R\"(b < \" c)\" R\"x(d)\" e)x\" f"),
      ("a.cs", "a @\"b\\\" $\"c < d\" $@\"e \\\" f"),
      ("a.java", "a \"\"\"\n b < \" c\n\"\"\" f"),
      ("a.js", "a `b < ${c}` 'd < e' + /g < \\/ h/ f"),
      ("a.go", "a `b \\` f"),
      ("a.rs", "a /* b /* c */ d */ r#\"e < \" g\"# b\"h\" 'i' f"),
      ("a.swift", "a #\"b \\\" < c\"# \"\"\"\n d < \"\n\"\"\" f"),
      ("a.py", "a # b < c\n'd' \"\"\"e\n < \" g\"\"\" rb'h' f'''i\n'''\nf"),
    ])
  func skipped(name: String, text: String) throws {
    let marks = try words(name, text)
    #expect(marks.filter { $0 != "+" } == ["a", "f"])
  }

  @Test(
    "marks and numbers come whole",
    arguments: [
      ("a.c", "a<<=1>>2->b++", ["a", "<<=", "1", ">>", "2", "->", "b", "++"]),
      ("a.c", "0xFFu 1e-9 1.5f 1'000", ["0xFFu", "1e-9", "1.5f", "1'000"]),
      ("a.js", "a === b !== c / d", ["a", "===", "b", "!==", "c", "/", "d"]),
      ("a.swift", "0..<n 1...2", ["0", "..<", "n", "1", "...", "2"]),
      ("a.rs", "fn f<'a>(x: &'a str)", ["fn", "f", "<", "'", "a", ">", "(", "x", ":", "&", "'", "a", "str", ")"]),
      ("a.py", "a // b ** c", ["a", "//", "b", "**", "c"]),
    ])
  func marks(name: String, text: String, expected: [String]) throws {
    #expect(try words(name, text) == expected)
  }

  @Test("lines and columns count from one")
  func places() throws {
    let language = SourceLanguage(hasPreprocessor: true)
    let tokens = Tokenizer.tokens(Array("/* \n */ a\n  b".utf8), language)
    #expect(tokens.map(\.line) == [2, 3])
    #expect(tokens.map(\.column) == [5, 3])
  }

  @Test(
    "what never closes ends with the file",
    arguments: ["\"", "'", "/*", "#", "\"\\", "a /* \"", "0x", "R\"(", "@\"", "'''", "`", "#\"", "r#", "\u{0}", "é<"])
  func hostile(text: String) throws {
    for name in ["a.c", "a.cpp", "a.cs", "a.java", "a.js", "a.go", "a.rs", "a.swift", "a.py"] {
      _ = try edits(name, text)
      _ = try edits(name, "f(a" + text)
    }
  }
}
