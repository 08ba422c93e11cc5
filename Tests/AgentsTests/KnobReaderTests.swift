import Testing
import Workspace

@testable import Agents

@Suite("KnobReader") struct KnobReaderTests {
  @Test(
    "a knob governs the definition in its line or below it, in many languages",
    arguments: [
      ("// belljar: knob BLOCK 8..512 step *2\n#define BLOCK 64\n", "BLOCK=64"),
      ("#define BLOCK 64 // belljar: knob BLOCK 8..512 step *2\n", "BLOCK=64"),
      ("/* belljar: knob BLOCK 8..512 step *2 */\nconst int BLOCK = 64;\n", "BLOCK=64"),
      ("let BLOCK = 64  // belljar: knob BLOCK 1..100\n", "BLOCK=64"),
      ("let BLOCK: Int = 64  // belljar: knob BLOCK 60..70 step +2\n", "BLOCK=64"),
      ("# belljar: knob BLOCK {32, 64, 128}\nBLOCK = 64\n", "BLOCK=64"),
      ("BLOCK := 64 // belljar: knob BLOCK 62..66 step 2\n", "BLOCK=64"),
      ("pub const BLOCK: usize = 64_usize; // belljar: knob BLOCK 8..64 step *2\n", "BLOCK=64"),
      ("#define ORDER ikj // belljar: knob ORDER {ijk, ikj}\n", "ORDER=ikj"),
      ("order = 'ikj' # belljar: knob order {ijk, ikj}\n", "order=ikj"),
      ("low = -4 # belljar: knob low -8..8 step 4\n", "low=-4"),
      ("# belljar: knob A 1..3\n# belljar: knob B 1..3\nA = 2; B = 3\n", "A=2 B=3"),
    ])
  func definition(text: String, key: String) throws {
    let grid = try KnobReader.grid(try files(["x": text]))
    #expect(grid.key(grid.origin) == key)
  }

  @Test(
    "a malformed knob is an error that names its place",
    arguments: [
      ("int a;\n// belljar: knob\n", "x.c:2: 'knob' is not a knob"),
      ("// belljar: nkob BLOCK 1..2\n", "x.c:1: 'belljar: nkob' is not known"),
      ("// belljar: knob BLOCK 8..x\n", "x.c:1: '8..x' is not a range"),
      ("// belljar: knob BLOCK 8..512 by 2\n", "x.c:1: 'by 2' after '8..512'"),
      ("// belljar: knob BLOCK 8..512 step *1\n", "x.c:1: 'step *1' is not a step"),
      ("// belljar: knob BLOCK 0..512 step *2\n", "x.c:1: 'step *2' needs a lowest value above 0"),
      ("// belljar: knob BLOCK 8..8\n", "x.c:1: '8..8' leaves no choice"),
      ("// belljar: knob BLOCK 8..15 step *2\n", "x.c:1: '8..15 step *2' leaves no choice"),
      ("// belljar: knob BLOCK 1..99999999\n", "x.c:1: '1..99999999' has more than 10000 values"),
      ("// belljar: knob ORDER {ijk ikj}\n", "x.c:1: 'ijk ikj' in '{ijk ikj}' is not a name"),
      ("// belljar: knob ORDER {ijk, ijk}\n", "x.c:1: 'ijk' stands twice"),
      ("// belljar: knob ORDER {ijk, ikj\n", "x.c:1: '{' without '}'"),
      ("// belljar: knob BLOCK 8..64 step *2\n#define BLOCK 65\n", "x.c:2: 'BLOCK' is 65, which is none"),
      ("// belljar: knob BLOCK 8..64 step *2\n#define BLOCK 0x8\n", "x.c:2: 'BLOCK' is 0x8, which is none"),
      ("// belljar: knob BLOCK 8..64 step *2\n#define BLOCKS 8\n", "x.c:2: no definition of 'BLOCK'"),
      ("// belljar: knob BLOCK 8..64 step *2\nif (BLOCK == 8) {\n", "x.c:2: no definition of 'BLOCK'"),
      ("// belljar: knob BLOCK 8..64 step *2", "x.c:1: no line follows the knob 'BLOCK'"),
      ("A = 1 // belljar: knob A 1..2\nA = 1 // belljar: knob A 1..2\n", "x.c:2: the knob 'A' is declared at x.c:1"),
      ("int a = 1;\n// see belljar: knob A 1..2\n", "no knobs in the editable files"),
    ])
  func malformed(text: String, problem: String) throws {
    let error = #expect(throws: EditAgentError.self) { _ = try KnobReader.grid(try files(["x.c": text])) }
    #expect(error?.description.hasPrefix(problem) == true, "\(error?.description ?? "")")
  }

  @Test("a point's files keep everything but the values")
  func rewrite() throws {
    let source = "#define A 8u // belljar: knob A 8..64 step *2\n\nlet o = \"x\" // belljar: knob o {x, longer}\r\n"
    let grid = try KnobReader.grid(try files(["a.c": source, "b.c": "nothing"]))
    let changed = grid.files(at: [3, 1])
    #expect(
      changed
        == (try files([
          "a.c":
            "#define A 64u // belljar: knob A 8..64 step *2\n\nlet o = \"longer\" // belljar: knob o {x, longer}\r\n"
        ])))
    #expect(grid.files(at: grid.origin).isEmpty)
    #expect(grid.point("A=64 o=longer") == [3, 1])
    #expect(grid.point("A=65 o=longer") == nil)
    #expect(grid.point("src/a.c:1:1 '<' -> '<='") == nil)
  }

  @Test("the matrix harness declares 192 points and stands at a poor one")
  func matmul() throws {
    let source = try #require(contents(harnessFolder() + "/matmul/src/matmul.c"))
    let grid = try KnobReader.grid([try #require(TreePath("src/matmul.c")): source])
    #expect(grid.count == 192)
    #expect(grid.key(grid.origin) == "BLOCK=16 DEPTH=128 ORDER=ijk UNROLL=1")
  }
}
