import Testing
import Workspace

@testable import Agents

@Suite("MutateAgent") struct MutateAgentTests {
  @Test(
    "the mistakes that people make can be undone",
    arguments: [
      ("a.c", "if (a < b) x();", "if (a <= b) x();"),
      ("a.c", "if (a < b) x();", "if (a > b) x();"),
      ("a.c", "if (a < b) x();", "if (!(a < b)) x();"),
      ("a.c", "x = a == b;", "x = a != b;"),
      ("a.c", "x = a * b % c;", "x = a * b / c;"),
      ("a.c", "x = a + b;", "x = a - b;"),
      ("a.c", "x = a + b;", "x += a + b;"),
      ("a.c", "x |= a << b;", "x &= a << b;"),
      ("a.c", "x |= a << b;", "x |= a >> b;"),
      ("a.c", "x = a & 0x0f;", "x = a | 0x0f;"),
      ("a.c", "x = a & 0x0f;", "x = a & 0x10;"),
      ("a.c", "x = y[3u];", "x = y[2u];"),
      ("a.c", "x = y[n - 1];", "x = y[n];"),
      ("a.c", "x = y[n];", "x = y[n - 1];"),
      ("a.c", "while (i < n) i++;", "while (i < n - 1) i++;"),
      ("a.c", "while (i < n) i++;", "while (i < n) i--;"),
      ("a.c", "x = f(a, g(b, 2));", "x = f(g(b, 2), a);"),
      ("a.c", "x = f(a, g(b, 2));", "x = f(a, g(2, b));"),
      ("a.c", "if (!a && b) break;", "if (a && b) break;"),
      ("a.c", "if (!a && b) break;", "if (!a || b) break;"),
      ("a.c", "if (!a && b) break;", "if (!a && !b) break;"),
      ("a.c", "if (!a && b) break;", "if (!a && b) continue;"),
      ("a.c", "int f(int a, int b) { return a; }", "int f(int a, int b) { return b; }"),
      ("a.c", "int f(P *p) { return p->a + p->b; }", "int f(P *p) { return p->b + p->b; }"),
      ("a.go", "if a < b { x() }", "if !(a < b) { x() }"),
      ("a.js", "if (a === b) x()", "if (a !== b) x()"),
      ("a.rs", "while i < v.len() { i += 1 }", "while i <= v.len() { i += 1 }"),
      ("a.swift", "while i < v.count { i += 1 }", "while i < v.count { i -= 1 }"),
      ("a.java", "return true;", "return false;"),
      ("a.py", "if a and not b:\n  x = y[-1]", "if a or not b:\n  x = y[-1]"),
      ("a.py", "if a and not b:\n  x = y[-1]", "if a and b:\n  x = y[-1]"),
      ("a.py", "if a and not b:\n  x = y[-1]", "if not (a and not b):\n  x = y[-1]"),
      ("a.py", "if a and not b:\n  x = y[-1]", "if a and not b:\n  x = y[-2]"),
      ("a.py", "def f(a, b):\n  return a\n", "def f(a, b):\n  return b\n"),
      ("a.py", "for i in range(n):\n  pass", "for i in range(n - 1):\n  pass"),
      ("a.py", "x = True", "x = False"),
    ])
  func undoes(name: String, old: String, new: String) throws {
    #expect(try edits(name, old).contains(new))
  }

  @Test(
    "what is no expression is left alone",
    arguments: [
      ("a.c", "#include <a.h>\n#define A 1 + 2\n"),
      ("a.c", "// a < b\n/* a == 1 */\nchar *s;"),
      ("a.cpp", "std::vector<int> v;"),
      ("a.java", "Map<String, List<Integer>> m;"),
      ("a.py", "'''a < 1'''\n\"b and c\" # d == 1"),
    ])
  func leftAlone(name: String, text: String) throws {
    #expect(try edits(name, text) == [])
  }

  static let sources = [
    "a.c": """
    /* mark1 < mark2 + 1 */
    #define LIMIT 1
    int count(const char *text, int most) { // mark3 == 1
      int found = 0;
      for (int i = 0; text[i] && i < most; i++) {
        if (text[i] == 'x' && !match(text, "mark4 < 1 && true", i - 1)) found += 1;
      }
      return found;
    }

    """,
    "b.py": """
    # mark5 < 1
    def largest(numbers, start=0):
      '''mark6 and 1'''
      best = numbers[start]
      for number in numbers[start + 1:]:
        if number > best and number != "mark7 or 0":
          best = number
      return best

    """,
  ]

  @Test("comments, texts and the preprocessor come out of every edit as they were")
  func untouched() throws {
    let champion = try files(Self.sources)
    let kept = [
      "/* mark1 < mark2 + 1 */", "#define LIMIT 1", "// mark3 == 1", "\"mark4 < 1 && true\"", "# mark5 < 1",
      "'''mark6 and 1'''", "\"mark7 or 0\"", "'x'",
    ]
    for proposal in try proposals(MutateAgent(), champion) {
      for (path, bytes) in proposal.files {
        let old = String(decoding: try #require(champion[path]), as: UTF8.self)
        let new = String(decoding: bytes, as: UTF8.self)
        for part in kept where old[...].firstRange(of: part) != nil {
          #expect(new[...].firstRange(of: part) != nil, "\(proposal.key)")
        }
      }
    }
  }

  @Test("no edit comes twice, each changes one line of one file, and then there are none", arguments: [true, false])
  func exhausts(oneSeed: Bool) throws {
    let champion = try files(Self.sources)
    var history: [PastTry] = []
    var results: Set<[TreePath: [UInt8]]> = []
    var seed: UInt64 = 1
    while let next = try MutateAgent().propose(champion: champion, history: history, seed: seed) {
      try #require(history.count < 2000)
      #expect(next.files.count == 1)
      for (path, bytes) in next.files {
        let old = try #require(champion[path]).split(separator: 10, omittingEmptySubsequences: false)
        let new = bytes.split(separator: 10, omittingEmptySubsequences: false)
        #expect(old.count == new.count)
        #expect(zip(old, new).count { $0 != $1 } == 1, "\(next.key)")
      }
      #expect(results.insert(next.files).inserted, "\(next.key)")
      history.append(PastTry(key: next.key, kept: false, valid: false, ratio: nil))
      if !oneSeed { seed += 1 }
    }
    #expect(Set(history.map(\.key)).count == history.count)
    #expect(history.count > 60)
  }

  @Test("a resumed loop goes on with the same proposal, and another seed takes another order")
  func resumes() throws {
    let champion = try files(Self.sources)
    let all = try proposals(MutateAgent(), champion, seed: 9, most: 40).map(\.key)
    let history = all.prefix(25).map { PastTry(key: $0, kept: false, valid: true, ratio: nil) }
    #expect(try MutateAgent().propose(champion: champion, history: history, seed: 9)?.key == all[25])
    #expect(try proposals(MutateAgent(), champion, seed: 10, most: 40).map(\.key) != all)
  }

  @Test("no file starves and the likeliest kinds lead")
  func fair() throws {
    let first = try proposals(MutateAgent(), try files(Self.sources), most: 10).map(\.key)
    #expect(first.contains { $0.hasPrefix("a.c:") } && first.contains { $0.hasPrefix("b.py:") })
    #expect(first.contains { $0.hasSuffix("'<' -> '<='") } && first.contains { $0.hasSuffix("'>' -> '>='") })
  }

  @Test("a key tells the place, what stood there and what comes")
  func keys() throws {
    let found = try proposals(MutateAgent(), try files(["src/a.c": "\nif (n < 3) x();\n"]))
    #expect(found.contains { $0.key == "src/a.c:2:7 '<' -> '<='" && !$0.note.isEmpty })
  }

  @Test("files in no known language are left out, and alone are an error")
  func languages() throws {
    #expect(throws: EditAgentError.self) {
      _ = try proposals(MutateAgent(), try files(["a.txt": "1 < 2", "Makefile": "a"]))
    }
    #expect(try proposals(MutateAgent(), try files(["a.txt": "1 < 2", "a.c": "\u{0} a < 1"])).isEmpty)
  }

  @Test(
    "what failing tests name comes first, then what it calls, and everything comes in the end",
    arguments: [
      "required tests failed: parse number", "not ok 3 - parseNumber", "line 7: parse_number(\"1\") == 1",
    ])
  func clues(clue: String) throws {
    let source = """
      int digit(int c) { return c > 1 ? c + 1 : c; }
      int other(int c) { return c > 1 ? c + 1 : c; }
      int parse_number(int c) { return c > 1 ? digit(c) : c; }
      """
    let champion = try files(["a.c": source])
    let all = try proposals(MutateAgent(), champion).map(\.key)
    let told = try proposals(MutateAgent(clues: [clue]), champion).map(\.key)
    #expect(Set(all) == Set(told) && all.count == told.count)
    let lines = told.prefix(8).compactMap { $0.split(separator: ":").dropFirst().first }
    // Each fourth try is free.
    #expect(lines.enumerated().allSatisfy { $0.offset % 4 == 3 || $0.element == "3" }, "\(told.prefix(8))")
  }

  @Test("names are compared by their words")
  func words() {
    #expect(Suspects.words("parseNumber2_of x") == ["parse", "number2", "of", "x"])
    #expect(Suspects.words("HTTPServer") == ["httpserver"])
  }
}
