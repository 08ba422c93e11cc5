import Digests
import Harness
import Testing
import Workspace

@Suite("The place that a text names") struct SourcePlaceTests {
  private func place(_ text: String) throws -> String? {
    let file = Entry(.file(Digest(of: "x".utf8), executable: false, size: 1), modified: 0)
    let items = try ["src/a.c", "tests/run.py"].map { Tree.Item(try #require(TreePath($0)), file) }
    return SourcePlace.find(in: text, tree: Tree(items), root: "/home/u/p").map { "\($0.file):\($0.line)" }
  }

  @Test(
    "it is a file of the tree with its line",
    arguments: [
      ("src/a.c:12:5: error: expected ';'", "src/a.c:12"), ("in ./src/a.c:7, really", "src/a.c:7"),
      ("at (/home/u/p/src/a.c:3)", "src/a.c:3"), ("/tree/src/a.c:4", "src/a.c:4"), ("/harness/src/a.c:5", "src/a.c:5"),
      ("src/b.c:1: note\nsrc/a.c:2: error", "src/a.c:2"),
      (
        "Traceback:\n  File \"/home/u/p/src/a.c\", line 3, in <module>\n  File \"tests/run.py\", line 9\n  File \"/usr/x.py\", line 1",
        "tests/run.py:9"
      ),
    ])
  func found(_ text: String, _ expected: String) throws { #expect(try place(text) == expected) }

  @Test(
    "nothing else is taken for one",
    arguments: ["", "src/a.c", "src/a.c:0", "src/a.c:x", "../src/a.c:1", "12:30:45", "/etc/passwd:3", "src:1", ":1"])
  func none(_ text: String) throws { #expect(try place(text) == nil) }
}
