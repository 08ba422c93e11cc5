import Testing

@testable import Agents

@Suite("The text of a model's answer") struct AnswerTextTests {
  static func blocks(_ text: String) -> [String] {
    AnswerText(text).blocks.map { block in
      switch block.change {
      case .whole(let lines): "\(block.path) whole \(lines.joined(separator: "|"))"
      case .replace(let lines): "\(block.path) replace \(lines.joined(separator: "|"))"
      }
    }
  }

  static let search = "<<<<<<< SEARCH\nold\n=======\nnew\n>>>>>>> REPLACE\n"
  static let whole = "<<<<<<< WHOLE\na\nb\n>>>>>>> WHOLE\n"

  @Test(
    "a block is found, however it is wrapped",
    arguments: [
      "FILE src/a.c\n" + search, "FILE: src/a.c\n" + search, "**FILE src/a.c**\n" + search,
      "### FILE `src/a.c`\n\n" + search,
      "File: src/a.c\n" + search, "`src/a.c`\n" + search, "src/a.c:\n```c\n" + search + "```\n",
      "FILE src/a.c\n```c\n" + search + "```\n", "```\nFILE src/a.c\n" + search + "```",
      "I try this.\n\nFILE src/a.c  \n" + search,
      "FILE src/a.c\n<<<<< SEARCH  \nold\n=======\nnew\n>>>>>>>>REPLACE",
      "FILE src/a.c\r\n" + search.replacing("\n", with: "\r\n"),
    ])
  func wrapped(text: String) {
    let answer = AnswerText(text)
    #expect(answer.faults == [])
    #expect(Self.blocks(text).map { $0.filter { $0 != "\r" } } == ["src/a.c replace old|=======|new"], "\(text)")
  }

  @Test("blocks of one file follow each other under one path, and a path right before a block counts more")
  func several() {
    #expect(
      Self.blocks("FILE a.c\n\(Self.search)Then:\n\(Self.search)b/c.h\n\(Self.whole)FILE d.h\n\(Self.whole)") == [
        "a.c replace old|=======|new", "a.c replace old|=======|new", "b/c.h whole a|b", "d.h whole a|b",
      ])
  }

  @Test("a file in a fence alone is taken where its end is certain, and refused where it isn't")
  func fences() {
    #expect(Self.blocks("FILE a.c\n```c\nx\n\ny\n```\nThat's it.") == ["a.c whole x||y"])
    let twice = AnswerText("FILE a.md\n```\ntitle\n```\ncode\n```\n```\n")
    #expect(twice.blocks.isEmpty && twice.faults.count == 1)
    let open = AnswerText("FILE a.md\n```\ntitle\n")
    #expect(open.blocks.isEmpty && open.faults.count == 1)
    #expect(Self.blocks("FILE a.md\n````\n```\ncode\n```\n````\n") == ["a.md whole ```|code|```"])
    #expect(Self.blocks("FILE a.md\n<<<<<<< WHOLE\n```\ncode\n```\n>>>>>>> WHOLE") == ["a.md whole ```|code|```"])
  }

  @Test(
    "what may have lost a part is a fault, never half a change",
    arguments: [
      "FILE a.c\n<<<<<<< SEARCH\nold\n=======\nnew\n", "FILE a.c\n<<<<<<< WHOLE\nx\n", "FILE a.c\n>>>>>>> WHOLE\n",
      "FILE a.c\n>>>>>>> REPLACE\n", search, whole,
      "FILE a.c\n<<<<<<< SEARCH\nold\n<<<<<<< SEARCH\nold\n=======\nnew\n>>>>>>> REPLACE\n",
    ])
  func faults(text: String) { #expect(AnswerText(text).faults.count == 1, "\(text)") }

  @Test(
    "a model may say that it changes nothing",
    arguments: ["NO CHANGE", "**No change.**\n", "Nothing helps.\n`NO CHANGE`"])
  func declines(text: String) { #expect(AnswerText(text).declines && AnswerText(text).blocks.isEmpty) }

  @Test("only the line itself means no change")
  func prose() { #expect(!AnswerText("There is no change to make.").declines) }

  @Test("thousands of blocks and endless lines end")
  func large() {
    let many = AnswerText("FILE a.c\n" + String(repeating: Self.search, count: 5000))
    #expect(many.faults == ["more than 200 blocks"])
    let long = AnswerText(String(repeating: "<", count: 1 << 20) + "\n" + String(repeating: "`", count: 1 << 20))
    #expect(long.blocks.isEmpty)
  }
}
