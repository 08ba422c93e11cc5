import Scoring
import Testing

@Suite("Numbers that a program prints of itself") struct MetricReaderTests {
  private func read(_ reader: MetricReader, _ text: String, isFile: Bool = false) throws -> Double {
    try reader.read(Array(text.utf8), isFile: isFile).value
  }

  private func why(_ reader: MetricReader, _ text: String, isFile: Bool = false) -> String {
    do {
      return "\(try read(reader, text, isFile: isFile))"
    } catch { return "\(error)" }
  }

  @Test(
    "the last line is one number",
    arguments: [
      ("3\n", 3.0), ("epoch 1\n0.25\n\n  \n", 0.25), ("-1e-3", -0.001), ("  7 \r\n", 7), ("1\n2\n", 2), ("-0\n", 0),
    ])
  func lastLine(text: String, value: Double) throws { #expect(try read(.lastLine, text) == value) }

  @Test(
    "what is no number is none",
    arguments: [
      "", "\n \n", "nan\n", "NaN\n", "inf\n", "-Infinity\n", "1e999\n", "0x10\n", "+1\n", ".5\n", "5.\n", "01\n",
      "1,5\n", "1 2\n", "3 ms\n", "true\n", "null\n", "\"3\"\n", "[3]\n", "3\nerror: x\n", "\u{FF13}\n", "٣\n",
    ])
  func noNumber(text: String) { #expect(throws: MetricError.self) { try read(.lastLine, text) } }

  @Test("bytes that are no text are no number")
  func bytes() {
    #expect(throws: MetricError.self) { try MetricReader.lastLine.read([0x33, 0xFF, 0x0A], isFile: false) }
    #expect(throws: MetricError.self) { try MetricReader.lastLine.read([0x33, 0x00], isFile: false) }
  }

  @Test("a member of an object: of stdout the last line, of a file all of it; the others are recorded")
  func member() throws {
    let reader = MetricReader.member("loss")
    let (value, metrics) = try reader.read(
      Array("begin\n{\"loss\": 0.5, \"steps\": 9, \"name\": \"x\"}\n".utf8), isFile: false)
    #expect(value == 0.5)
    #expect(metrics == ["steps": 9])
    #expect(try read(reader, "{\n \"loss\": 2\n}\n", isFile: true) == 2)
    #expect(why(reader, "{\n \"loss\": 2\n}\n").contains("'}' is no JSON object"))
    #expect(why(reader, "{\"loss\": 1, \"loss\": 0}").contains("stands twice in one object"))
    #expect(why(reader, "{\"loss\": \"1\"}") == "'loss' is no number but a string")
    #expect(why(reader, "{\"loss\": true}") == "'loss' is no number but true")
    #expect(why(reader, "{\"loss\": NaN}").contains("is not a number that counts"))
    #expect(why(reader, "{\"lose\": 1}") == "the JSON object has no 'loss'")
    #expect(why(reader, "[1]") == "expected a JSON object with 'loss', found an array")
    #expect(why(reader, String(repeating: "[", count: 100_000)).contains("is no JSON object"))
  }

  @Test(
    "a number between two texts on one line",
    arguments: [
      ("loss: {number}", "step 1\nloss: 0.5\n", 0.5), ("loss: {number}", "x loss:   0.5 acc 3", 0.5),
      ("loss:{number}", "x loss:   0.5 acc 3", 0.5), ("loss: {number}", "val_loss: 3\nloss: 0.5", 0.5),
      ("loss={number},", "loss=0.5, acc=1", 0.5), ("took {number} ms", "took 12 ms\n", 12),
      ("{number} tokens/s", "at 1200 tokens/s\n", 1200), ("{number}ms", "in 12ms\r\n", 12),
      ("p{number}", "p9\r\n", 9), ("a {number}", "a\n3\n", nil), ("{number} b", "3\n b", nil),
      ("loss: {number}", "loss: 1\nloss: 2", nil), ("loss: {number}", "loss: nan\nloss: 2", nil),
      ("loss: {number}", "loss: nan", nil), ("loss: {number}", "lost: 1", nil), ("loss: {number}", "", nil),
      ("loss: {number}", "loss: ", nil), ("loss: {number}", "loss: 0.5,", nil), ("a {number} b", "a 3 c", nil),
      ("a {number} b", "a 3\nb", nil), ("{number} b", " b", nil), ("a {number}", "a 1e400", nil),
    ] as [(String, String, Double?)])
  func between(pattern: String, text: String, value: Double?) throws {
    let reader = try #require(MetricReader(pattern: pattern))
    let found = try? read(reader, text)
    #expect(found == value, "\(why(reader, text))")
  }

  @Test("a pattern has one number and some text")
  func patterns() {
    for pattern in ["", "loss", "{number}", "{number}{number}", "a{number}b{number}", "a\n{number}"] {
      #expect(MetricReader(pattern: pattern) == nil, "\(pattern)")
    }
  }

  @Test("what was found instead is said, shortened")
  func told() {
    #expect(
      why(MetricReader.between("loss: ", ""), "loss: 1\nloss: 2") == "'loss: ' stands in the output more than once")
    #expect(why(MetricReader.between("loss: ", ""), "x") == "'loss: ' is nowhere in the output")
    #expect(why(.lastLine, String(repeating: "x", count: 10_000)).count < 200)
  }
}
