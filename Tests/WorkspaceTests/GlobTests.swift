import Testing
import Workspace

@Suite("Glob") struct GlobTests {
  @Test(
    "a pattern names these paths",
    arguments: [
      ("src", "src"), ("src", "src/a/b.c"), ("src/", "src/a"), ("*.c", "a.c"), ("src/**", "src/a/b"), ("**", "a/b/c"),
      ("**/*.py", "a.py"), ("**/*.py", "x/y/a.py"), ("a/**/b", "a/b"), ("a/**/b", "a/x/y/b"), ("?at", "cat"),
      ("[a-c]x", "bx"), ("[!a-c]x", "dx"), ("[]]x", "]x"), ("\\*", "*"), ("a*b*c", "aXbYbZc"), ("src/*", "src/a"),
      ("**/test", "x/test/deep/file"), ("a b\n", "a b\n"), ("x*/", "xy/z"), ("src/*", "src/a/b.c"), ("*", "a/b"),
      ("a*b", "ab/b"), ("a**", "abc"), ("./a", "a"), (".", "a/b"),
    ])
  func matches(pattern: String, name: String) throws { #expect(try Glob(pattern).matches(path(name))) }

  @Test(
    "and not those",
    arguments: [
      ("src", "srcs"), ("src", "a/src"), ("*.c", "a/b.c"), ("src/**", "src"), ("a/**/b", "a/x/bb"), ("?at", "at"),
      ("?", "é"), ("[a-c]x", "dx"), ("src/*", "src"), ("a*b", "ac/b"), ("\\*", "a"),
      ("**/*.py", "a.pyc"),
    ])
  func doesNotMatch(pattern: String, name: String) throws { #expect(try !Glob(pattern).matches(path(name))) }

  @Test(
    "a bad pattern is an error that says why",
    arguments: [
      "", "/etc", "../x", "a/../b", "a//b", "[a", "a\\", "[z-a]", "a\0b",
    ])
  func badPattern(pattern: String) {
    #expect(throws: WorkspaceError.self) { try Glob(pattern) }
  }

  @Test("a pattern made to explode is matched at once")
  func hostilePattern() throws {
    let glob = try Glob(String(repeating: "*a", count: 100) + "b")
    #expect(!glob.matches(try path(String(repeating: "a", count: 250))))
    let deep = try Glob(String(repeating: "**/a/", count: 50) + "b")
    #expect(!deep.matches(try path(Array(repeating: "a", count: 400).joined(separator: "/"))))
  }

  @Test("a byte that is no UTF-8 is one byte")
  func anyBytes() throws {
    #expect(try Glob("a?b").matches(#require(TreePath(bytes: [0x61, 0xFF, 0x62]))))
    #expect(try Glob("*").matches(#require(TreePath(bytes: [0xFF, 0xFE]))))
  }
}
