import Scoring
import Testing

@Suite("StrictJSON") struct StrictJSONTests {
  private func read(_ text: String) throws(StrictJSONError) -> StrictJSON { try StrictJSON.read(Array(text.utf8)) }

  @Test("every kind of value is read, with the offset where it began")
  func values() throws {
    let json = try read(#" {"a": [1, -2.5e3, true, false, null, "x"], "b": {}} "#)
    guard case .object(let members) = json.value, case .array(let elements) = members[0].value.value else {
      Issue.record("no object with an array: \(json)")
      return
    }
    #expect(json.offset == 1)
    #expect(members.map(\.name) == ["a", "b"])
    #expect(
      elements.map(\.value) == [.number(1), .number(-2500), .bool(true), .bool(false), .null, .string("x")])
    #expect(elements.map(\.offset) == [8, 11, 19, 25, 32, 38])
    #expect(members[1].value.value == .object([]))
  }

  @Test("escapes become their characters, surrogate pairs one")
  func escapes() throws {
    #expect(try read(#""a\n\t\r\b\f\"\\\/\u00e9\ud83d\ude00é""#).value == .string("a\n\t\r\u{8}\u{C}\"\\/é😀é"))
  }

  @Test(
    "what is no JSON is refused at its first wrong byte",
    arguments: [
      ("", StrictJSONError.Code.empty, 0), ("  ", .empty, 2), ("01", .syntax, 0), ("+1", .syntax, 0),
      ("1.", .syntax, 2),
      (".5", .syntax, 0), ("1e", .syntax, 2), ("-", .syntax, 1), ("[1,]", .syntax, 3), ("{\"a\" 1}", .syntax, 5),
      ("{\"a\":1,}", .syntax, 7), ("{a:1}", .syntax, 1), ("\"abc", .syntax, 0), ("\"a\u{1}\"", .syntax, 2),
      (#""\x""#, .syntax, 2), (#""\u12g4""#, .syntax, 5), (#""\ud800""#, .syntax, 1), (#""\udc00""#, .syntax, 1),
      (#""\ud800\u0041""#, .syntax, 1), ("1 2", .trailing, 2), ("{}{}", .trailing, 2), ("True", .syntax, 0),
      ("NaN", .notFinite, 0), ("[Infinity]", .notFinite, 1), ("-Infinity", .notFinite, 0), ("1e999", .notFinite, 0),
      (#"{"a":1,"\u0061":2}"#, .duplicate, 7), ("\u{FEFF}1", .syntax, 0), ("'a'", .syntax, 0), ("// 1", .syntax, 0),
    ])
  func refused(_ text: String, _ code: StrictJSONError.Code, _ offset: Int) {
    let error = #expect(throws: StrictJSONError.self) { try read(text) }
    #expect(error?.code == code)
    #expect(error?.offset == offset)
  }

  @Test("invalid UTF-8 is refused where it begins")
  func encoding() {
    let error = #expect(throws: StrictJSONError.self) { try StrictJSON.read([0x22, 0x61, 0xFF, 0x22]) }
    #expect(error?.code == .encoding)
    #expect(error?.offset == 2)
  }

  @Test("a hundred thousand brackets are an error, not the end of the stack")
  func depth() {
    let error = #expect(throws: StrictJSONError.self) { try read(String(repeating: "[", count: 100_000)) }
    #expect(error?.code == .depth)
    #expect(throws: Never.self) { try read(String(repeating: "[", count: 32) + String(repeating: "]", count: 32)) }
  }
}
