import StrictYAML
import Testing

@Suite("Reading values") struct ReadingTests {
  enum Role: String, CaseIterable {
    case gate, objective
    case guardian = "guard"
  }

  func value(_ text: String) throws -> YAMLValue {
    try YAMLValue(parsing: "budget:\n  wall: \(text)\n", file: "f").mapping().require("budget").mapping().require(
      "wall")
  }

  @Test("scalars keep the words that were written") func texts() throws {
    for text in ["no", "1.0", "0x10", "2026-01-01", "on"] { #expect(try value(text).string() == text) }
    #expect(try value("'null'").string() == "null")
    #expect(try value("[a, 1]").strings() == ["a", "1"])
    #expect(try value("a").strings() == ["a"])
    #expect(try value("~").isNull)
    #expect(try value("").kind == .null)
    #expect(try value("[]").kind == .list)
    #expect(try value("{a: b}").kind == .mapping)
    #expect(try value("x").kind == .scalar)
  }

  @Test("numbers and truths have one spelling") func numbers() throws {
    #expect(try value("-3").integer(in: -5...5) == -3)
    #expect(try value("1.5e3").number() == 1500)
    #expect(try value("true").boolean())
    #expect(try !value("false").boolean())
  }

  @Test("a wrong value says what was expected and what was found")
  func complaints() throws {
    let cases: [(String, String, (YAMLValue) throws -> Any)] = [
      ("30", "expected a duration with a unit, such as '30 s'; found '30'", { try $0.duration() }),
      ("0 s", "expected a duration with a unit, such as '30 s'; found '0 s'", { try $0.duration() }),
      ("1 m", "expected a duration with a unit, such as '30 s'; found '1 m'", { try $0.duration() }),
      ("200", "expected a size with a unit, such as '200 KB'; found '200'", { try $0.byteCount() }),
      ("0.01", "expected a percentage, such as '1 %'; found '0.01'", { try $0.fraction() }),
      ("11", "expected a whole number from 1 to 10; found '11'", { try $0.integer(in: 1...10) }),
      ("'5'", "expected a whole number of at least 1; found '5'", { try $0.integer(in: 1...Int.max) }),
      (".nan", "expected a number; found '.nan'", { try $0.number() }),
      ("1e999", "expected a number; found '1e999'", { try $0.number() }),
      ("yes", "expected true or false; found 'yes'", { try $0.boolean() }),
      ("[]", "expected a text; found an empty list", { try $0.string() }),
      ("~", "expected a text; found nothing", { try $0.string() }),
      ("{a: b}", "expected a list; found a mapping", { try $0.list() }),
      ("x", "expected a mapping; found 'x'", { try $0.mapping() }),
      ("{}", "expected a text or a list of texts; found a mapping", { try $0.strings() }),
      (
        "gaurd", "expected one of gate, objective, guard; found 'gaurd'; did you mean 'guard'?",
        { try $0.choice(Role.self) }
      ),
    ]
    for (text, message, read) in cases {
      #expect(complaint { try read(try value(text)) } == "f:2:9: budget.wall: \(message)")
    }
    #expect(try value("guard").choice(Role.self) == .guardian)
  }

  @Test("an unknown key is refused at its place, with the nearest right one") func unknownKeys() throws {
    let root = try YAMLValue(parsing: "name: x\ntop:\n  scorer: 1\n  zzz: 2\n", file: "belljar.yaml").mapping()
    #expect(
      complaint { try root.require("top").mapping().only(["scorers", "zzz"]) }
        == "belljar.yaml:3:3: top: unknown key 'scorer'; did you mean 'scorers'? expected one of scorers, zzz")
    #expect(
      complaint { try root.only(["name"]) } == "belljar.yaml:2:1: unknown key 'top'; expected one of name")
    #expect(complaint { try root.require("goal") } == "belljar.yaml:1:1: missing key 'goal'")
    #expect(root["goal"] == nil)
    #expect(root.entries.map(\.value.path) == ["name", "top"])
  }
}

@Suite("Writing values") struct WritingTests {
  @Test("what is written is read as the same, without what is left out") func roundTrip() throws {
    let source = """
      name: x  # a comment
      empty:
      'a b': [1, 'no', "two\\nlines \\u65e5", ~, {}, []]
      long: \(String(repeating: "word ", count: 60))end
      text: |
        first: #1

        - last
      folded: one
        two
      secret: {a: b}
      list:
        - {deep: [[x], {y: "&z"}]}
        - "!src/*"
        - '- dash'
        - hidden: 1
          shown: 2
      """
    let left: Set = ["secret", "list[2]", "list[3].hidden"]
    let text = try YAMLValue(parsing: source, file: "f").text { left.contains($0) }
    let again = try YAMLValue(parsing: text, file: "f")
    #expect(try shape(again) == shape(try YAMLValue(parsing: source, file: "f"), without: left))
    #expect(!text.contains("secret") && !text.contains("dash") && !text.contains("comment"))
    #expect(try again.text { _ in false } == text)
  }

  /// A value as Swift text, with what is plain told from what is quoted.
  private func shape(_ value: YAMLValue, without left: Set<String> = []) throws -> String {
    switch value.kind {
    case .null: return "null"
    case .scalar: return try value.string().debugDescription
    case .list:
      return "["
        + (try value.list().filter { !left.contains($0.path) }.map { try shape($0, without: left) }).joined(
          separator: ",") + "]"
    case .mapping:
      let entries = try value.mapping().entries.filter { !left.contains($0.value.path) }
      return "{"
        + (try entries.map { "\(try shape($0.key)):\(try shape($0.value, without: left))" }).joined(separator: ",")
        + "}"
    }
  }
}

@Suite("Units") struct UnitsTests {
  @Test(
    "durations carry a unit",
    arguments: [
      ("60 s", Duration.seconds(60)), ("10min", .seconds(600)), ("500 ms", .milliseconds(500)),
      ("8 h", .seconds(28800)),
      ("2 d", .seconds(172_800)), ("100 us", .microseconds(100)), ("1.5 s", .milliseconds(1500)),
      ("0.1 s", .milliseconds(100)),
    ])
  func durations(text: String, expected: Duration) { #expect(Units.duration(text) == expected) }

  @Test(
    "sizes carry a unit",
    arguments: [
      ("200 KB", 200_000), ("64 MiB", 67_108_864), ("1 GB", 1_000_000_000), ("512 B", 512), ("1.5kB", 1500), ("0 B", 0),
    ])
  func sizes(text: String, expected: Int) { #expect(Units.byteCount(text) == expected) }

  @Test("percentages become fractions") func fractions() {
    #expect(Units.fraction("1 %") == 0.01)
    #expect(Units.fraction("0.5%") == 0.005)
  }

  @Test(
    "what is not a quantity is nothing",
    arguments: [
      "", " ", "s", "60", "-1 s", "+1 s", "1. s", ".5 s", "1e3 s", "999999999999 d", "99999999999999 B", "1.5 B",
      "1 s ", "1 S", "999999999 TiB", "1 s2", "0x1 s", "١ s", "nan %", "-1 %", "1 % %",
    ])
  func nonsense(text: String) {
    #expect(Units.duration(text) == nil)
    #expect(Units.byteCount(text) == nil)
    #expect(Units.fraction(text) == nil)
  }

  @Test("a slip of the fingers finds the name that was meant") func nearest() {
    #expect(Nearest.name(to: "scorer", among: ["surface", "scorers"]) == "scorers")
    #expect(Nearest.name(to: "Wall", among: ["cpu", "wall"]) == "wall")
    #expect(Nearest.name(to: "agetn", among: ["agent"]) == "agent")
    #expect(Nearest.name(to: "zzz", among: ["cpu", "wall"]) == nil)
    #expect(Nearest.name(to: "", among: []) == nil)
  }
}
