import Digests
import Testing
import Workspace

@testable import Agents

/// A task over editable texts below `src/`, and fixed files beside it.
func task(
  _ texts: [String: String], fixed: [String] = ["fixed.c"], links: [String] = [], maxFiles: Int? = nil,
  maxBytes: Int? = nil
) throws -> ModelTask {
  let contents = try files(texts)
  var items = contents.map { path, bytes in
    Tree.Item(path, Entry(.file(Digest(of: bytes), executable: false, size: bytes.count), modified: 1))
  }
  for name in fixed {
    items.append(
      Tree.Item(try #require(TreePath(name)), Entry(.file(Digest(of: []), executable: false, size: 0), modified: 1)))
  }
  for name in links {
    items.append(Tree.Item(try #require(TreePath(name)), Entry(.symlink(Array("x".utf8)), modified: 1)))
  }
  return ModelTask(
    prompt: "Improve it.", tree: Tree(items),
    surface: try Surface(
      editable: ["src/**"], hidden: ["src/hidden/**"], maxFiles: maxFiles, maxBytes: maxBytes), contents: contents)
}

@Suite("The edits of a model's answer") struct AnswerEditsTests {
  /// What the files become, and what couldn't be done.
  static func apply(_ answer: String, _ task: ModelTask) -> (files: [String: String], faults: [String]) {
    var edits = AnswerEdits(task)
    let read = AnswerText(answer)
    let faults = read.faults + edits.apply(read.blocks)
    let files = edits.files.map { ("\($0.key)", String(decoding: $0.value, as: UTF8.self)) }
    return (Dictionary(uniqueKeysWithValues: files), faults)
  }

  static func replacing(_ old: String, with new: String, in text: String) throws -> (text: String?, faults: [String]) {
    let answer = "FILE src/a.c\n<<<<<<< SEARCH\n\(old)\n=======\n\(new)\n>>>>>>> REPLACE\n"
    let (files, faults) = apply(answer, try task(["src/a.c": text]))
    return (files["src/a.c"], faults)
  }

  @Test(
    "lines are replaced where they stand",
    arguments: [
      ("b", "x", "a\nb\nc\n", "a\nx\nc\n"), ("c", "x", "a\nb\nc", "a\nb\nx"),
      ("a\nb", "x\ny\nz", "a\nb\nc\n", "x\ny\nz\nc\n"),
      ("b", "", "a\nb\nc\n", "a\n\nc\n"),
      // The ends of lines don't matter, and stay as the file has them.
      ("b  ", "x", "a\nb\nc\n", "a\nx\nc\n"), ("b", "x", "a\r\nb\r\nc\r\n", "a\r\nx\r\nc\r\n"),
      // Neither does the indentation, where all lines are moved alike.
      ("if (a)\n  b;", "if (c)\n  d;", "{\n    if (a)\n      b;\n}\n", "{\n    if (c)\n      d;\n}\n"),
      ("    b", "    x\n  y", "a\n  b\n", "a\n  x\ny\n"),
      // An exact place counts more than one that is only like it.
      ("  b", "  x", "b\n  b\n", "b\n  x\n"),
    ])
  func replaces(old: String, new: String, text: String, expected: String) throws {
    let result = try Self.replacing(old, with: new, in: text)
    #expect(result.text == expected)
    #expect(result.faults == [])
  }

  @Test(
    "what is nowhere, in several places or indented unevenly isn't guessed",
    arguments: [
      ("d", "a\nb\nc\n"), ("b", "b\nb\n"), (" b", "  b\na\n    b\n"), ("x\n  y", "  x\n      y\n"), ("", "a\n"),
      ("\n \n", "a\n"),
      ("a\nb\nc\nd\ne", "a\nb\n"),
    ])
  func refuses(old: String, text: String) throws {
    let result = try Self.replacing(old, with: "new", in: text)
    #expect(result.text == nil && result.faults.count == 1)
  }

  @Test("a line of the file like the divider is told from it")
  func dividers() throws {
    let title = "Title\n=======\ntext\n"
    #expect(try Self.replacing("Title\n=======", with: "Other\n=======", in: title).text == "Other\n=======\ntext\n")
    #expect(try Self.replacing("a\n=======", with: "a", in: "a\n=======\na\n").text == "a\na\n")
    #expect(try Self.replacing("a", with: "b\n=======", in: "a\n").text == "b\n=======\n")
    let none = Self.apply("FILE src/a.c\n<<<<<<< SEARCH\na\n>>>>>>> REPLACE\n", try task(["src/a.c": "a\n"]))
    #expect(none.files.isEmpty && none.faults.count == 1)
  }

  @Test("whole files are written, old and new, and blocks build on each other")
  func whole() throws {
    let task = try task(["src/a.c": "a\n", "src/crlf.c": "a\r\nb\r\n", "src/empty.c": ""])
    let answer = """
      FILE src/a.c
      <<<<<<< WHOLE
      b
      >>>>>>> WHOLE
      <<<<<<< SEARCH
      b
      =======
      c
      >>>>>>> REPLACE
      FILE ./src/new/n.c
      <<<<<<< WHOLE
      n
      >>>>>>> WHOLE
      FILE src/crlf.c
      <<<<<<< WHOLE
      x
      >>>>>>> WHOLE
      FILE src/empty.c
      <<<<<<< SEARCH
      =======
      filled
      >>>>>>> REPLACE
      """
    let (files, faults) = Self.apply(answer, task)
    #expect(faults == [])
    #expect(files == ["src/a.c": "c\n", "src/new/n.c": "n\n", "src/crlf.c": "x\r\n", "src/empty.c": "filled\n"])
  }

  @Test("endless repetition is looked through once")
  func repetition() throws {
    let began = ContinuousClock.now
    let text = String(repeating: "a\n", count: 100_000)
    let nearly = String(repeating: "a\n", count: 50_000) + "b"
    #expect(try Self.replacing(nearly, with: "x", in: text).faults.count == 1)
    let dividers = String(repeating: "=======\n", count: 100_000)
    #expect(try Self.replacing("a\n" + dividers, with: "x", in: text).faults.count == 1)
    #expect(try Self.replacing("a\na", with: "x", in: "a\na\na\n").faults.count == 1)
    #expect(try Self.replacing("a\nb\na\nc", with: "x", in: "a\nb\na\nb\na\nc\n").text == "a\nb\nx\n")
    // Quadratic, it would be hours.
    #expect(began.duration(to: .now) < .seconds(60))
  }

  @Test("a file that comes out as it was is no change")
  func same() throws {
    let (files, faults) = Self.apply("FILE src/a.c\n<<<<<<< WHOLE\na\n>>>>>>> WHOLE\n", try task(["src/a.c": "a\n"]))
    #expect(files.isEmpty && faults.isEmpty)
  }

  @Test(
    "nothing is written outside of the surface",
    arguments: [
      "../x", "/etc/passwd", "src/../fixed.c", "fixed.c", "src/hidden/key", "src//a.c", "src/", "src", "src/a.c/below",
      "src/.",
      "src/link", "src/a\u{0}b.c", "src/a\u{1b}b.c", ".git/config", "src/.git/config",
      String(repeating: "src/", count: 2000) + "a",
      "src/" + String(repeating: "a", count: 300),
    ])
  func outside(path: String) throws {
    let (files, faults) = Self.apply(
      "FILE \(path)\n<<<<<<< WHOLE\nx\n>>>>>>> WHOLE\n", try task(["src/a.c": "a\n"], links: ["src/link"]))
    #expect(files.isEmpty && faults.count == 1, "\(files)")
  }

  @Test("two new files can't take each other's place")
  func shadows() throws {
    for names in [["src/n", "src/n/m"], ["src/n/m", "src/n"]] {
      let answer = names.map { "FILE \($0)\n<<<<<<< WHOLE\nx\n>>>>>>> WHOLE\n" }.joined()
      let (files, faults) = Self.apply(answer, try task(["src/a.c": "a\n"]))
      #expect(files.keys.sorted() == [names[0]] && faults.count == 1)
    }
  }

  @Test("too large, too many, too much: each is said")
  func limits() throws {
    let large = String(repeating: "x", count: AnswerEdits.largest + 1)
    #expect(
      Self.apply("FILE src/a.c\n<<<<<<< WHOLE\n\(large)\n>>>>>>> WHOLE\n", try task(["src/a.c": "a\n"])).faults.count
        == 1)
    #expect(Self.apply("FILE src/a.c\n<<<<<<< WHOLE\na\u{0}\n>>>>>>> WHOLE\n", try task([:])).faults.count == 1)
    let two = "FILE src/a.c\n<<<<<<< WHOLE\n1\n>>>>>>> WHOLE\nFILE src/b.c\n<<<<<<< WHOLE\n2\n>>>>>>> WHOLE\n"
    #expect(Self.apply(two, try task([:], maxFiles: 1)).faults == ["2 files are changed, and at most 1 may be"])
    #expect(
      Self.apply(two, try task([:], maxBytes: 3)).faults == ["the changed files have 4 bytes together, and may have 3"])
  }

  @Test("what isn't text, or for which there is no room, is named and can't be changed unseen")
  func notShown() throws {
    var all = try task(["src/a.c": "a\n", "src/large.c": String(repeating: "x", count: 100)], links: ["src/link"])
    let binary = try #require(TreePath("src/data.bin"))
    all.contents[binary] = [0xFF, 0x00]
    all.tree = all.tree.applying(
      Changes([binary: .write(Entry(.file(Digest(of: [0xFF, 0x00]), executable: false, size: 2), modified: 1))]))
    let shown = ShownFiles(all, most: 50)
    #expect(shown.text.contains("FILE src/a.c\n<<<<<<< WHOLE\na\n>>>>>>> WHOLE\n"))
    #expect(shown.text.contains("- src/data.bin: not text") && shown.text.contains("- src/link: a link"))
    #expect(shown.text.contains("- src/large.c: 100 bytes, for which there is no room"))
    #expect(!shown.text.contains("xxx") && !shown.text.contains("fixed.c"))
    for name in ["src/data.bin", "src/large.c", "src/link"] {
      let (files, faults) = Self.apply("FILE \(name)\n<<<<<<< WHOLE\nx\n>>>>>>> WHOLE\n", shown.task)
      #expect(files.isEmpty && faults.count == 1)
    }
  }
}
