import Agents
import Testing

@Suite("Secrets are struck out") struct SecretStrikerTests {
  private static let letters = "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T0u1V2w3X4y5Z6"

  @Test(
    "keys of known shapes",
    arguments: [
      ("key sk-ant-api03-\(letters)-x_y end", "key [struck: sk-ant key] end"),
      ("line\\nsk-\(letters)\"", "line\\n[struck: sk key]\""),
      ("OPENAI=sk-proj-\(letters)", "OPENAI=[struck: sk-proj key]"),
      ("{\"k\": \"AIza\(letters.prefix(35))\"}", "{\"k\": \"[struck: AIza key]\"}"),
      ("ghp_\(letters.prefix(36)),", "[struck: ghp token],"),
      ("github_pat_\(letters)", "[struck: github_pat token]"),
      ("xoxb-1234567890-abcdef", "[struck: xoxb token]"),
      ("AKIAIOSFODNN7EXAMPLE.", "[struck: AKIA key]."),
      ("glpat-\(letters.prefix(20))", "[struck: glpat token]"),
      ("npm_\(letters.prefix(36))", "[struck: npm token]"),
      ("(eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk)", "([struck: JWT])"),
      ("Authorization: Bearer abcdefgh12345678/+=\r\nHost: x", "Authorization: Bearer [struck: credential]\r\nHost: x"),
      ("{\"authorization\":\"Basic dXNlcjpwYXNz\"}", "{\"authorization\":\"Basic [struck: credential]\"}"),
      ("curl -H 'x-api-key: sk-ant-api03-\(letters)'", "curl -H 'x-api-key: [struck: sk-ant key]'"),
      ("x-goog-api-key: 0123456789abcdef0", "x-goog-api-key: [struck: credential]"),
      ("bearer \(letters)", "bearer [struck: bearer token]"),
      ("git clone https://me:hunter22@host/x", "git clone https://me:[struck: URL password]@host/x"),
      ("MY_API_KEY=0123456789", "MY_API_KEY=[struck: API_KEY value]"),
    ])
  func shapes(text: String, struck: String) {
    #expect(SecretStriker().struck(text) == struck)
    // What was struck stays as it is.
    #expect(SecretStriker().struck(struck) == struck)
  }

  @Test("private keys, also with escaped ends of lines or cut off", arguments: ["\n", "\\n", "\n    "])
  func privateKeys(between: String) {
    let lines = [
      "-----BEGIN OPENSSH PRIVATE KEY-----", "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQ",
      "QyNTUxOQAAACDb3BlbnNzaC1rZXktdjEAAAAABG5vbmU", "-----END OPENSSH PRIVATE KEY-----",
    ]
    let striker = SecretStriker()
    #expect(striker.struck("a\n" + lines.joined(separator: between) + "\nb") == "a\n[struck: private key]\nb")
    #expect(striker.struck("a\n" + lines.dropLast().joined(separator: between)) == "a\n[struck: private key]")
  }

  @Test(
    "words that only look alike stay",
    arguments: [
      "task-management-implementation-of-2024-plans", "the disk-usage-of-this-machine-is-12345678", "sk-fading-circle",
      "Authorization: $TOKEN", "Authorization: Bearer ${TOKEN}", "api_key = os.environ", "https://host:8080/a@b",
      "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaaaaaaaaaaaaaaaaaaaaaaaaaaa",
      "if text.contains(\"-----BEGIN PRIVATE KEY-----\") {", "API_KEY=$(cat key)", "eyJhbGciOiJIUzI1NiJ9 alone",
      "max_tokens=12345678", "bearer of news", "ghp_short", "", "é 🧪",
    ])
  func innocent(text: String) { #expect(SecretStriker().struck(text) == text) }

  @Test(
    "values of listed variables, however they are written",
    arguments: [
      ("it is pä\"ss/wo rd\\1 here", "it is [struck: $KEY] here"),
      (#"{"a": "pä\"ss/wo rd\\1"}"#, #"{"a": "[struck: $KEY]"}"#),
      (#"{"a": "pä\"ss\/wo rd\\1"}"#, #"{"a": "[struck: $KEY]"}"#),
      (#""{\"a\": \"pä\\\"ss/wo rd\\\\1\"}""#, #""{\"a\": \"[struck: $KEY]\"}""#),
      (#"{"a": "p\u00e4\"ss/wo rd\\1"}"#, #"{"a": "[struck: $KEY]"}"#),
      ("?k=p%C3%A4%22ss%2Fwo%20rd%5C1&x", "?k=[struck: $KEY]&x"),
      ("?k=p%c3%a4%22ss%2fwo+rd%5c1&x", "?k=[struck: $KEY]&x"),
      ("70c3a42273732f776f2072645c31", "[struck: $KEY]"),
    ])
  func forms(text: String, struck: String) {
    #expect(SecretStriker(variables: [("KEY", "pä\"ss/wo rd\\1")]).struck(text) == struck)
  }

  @Test("values in base64, wherever they stand in it, and over broken lines", arguments: 0..<7)
  func base64(before: Int) {
    let value = "correct-horse-battery-staple-0123456789"
    let text = String(repeating: "x", count: before) + value + "tail"
    let encoded = base64Text(Array(text.utf8))
    let striker = SecretStriker(variables: [("KEY", value)])
    for form in [encoded, encoded.replacing("+", with: "-").replacing("/", with: "_")] {
      #expect(leaked(striker.struck(form), value) < 4)
    }
    let broken = encoded.prefix(30) + "\n" + encoded.dropFirst(30)
    #expect(striker.struck(String(broken)).contains("[struck: $KEY]"))
  }

  @Test("short values are not struck, and named; a value of several lines is struck line by line")
  func shortAndLong() {
    let striker = SecretStriker(variables: [
      ("SHORT", "abc"), ("NONE", ""), ("LINES", "first line of the secret\nsecond line of the secret\n"),
    ])
    #expect(striker.tooShort == ["SHORT"])
    #expect(striker.struck("abc abc") == "abc abc")
    #expect(striker.struck("> second line of the secret <") == "> [struck: $LINES] <")
  }

  @Test("one value within another, and over a shape, is one mark") func overlap() {
    let striker = SecretStriker(variables: [("OUTER", "sk-ant-api03-abcdefghijklmnop"), ("INNER", "abcdefghij")])
    #expect(striker.struck("sk-ant-api03-abcdefghijklmnop!") == "[struck: $OUTER]!")
    #expect(striker.struck("abcdefghij!") == "[struck: $INNER]!")
    #expect(striker.struck("abcdefghijabcdefghij") == "[struck: $INNER][struck: $INNER]")
  }

  @Test("a key that a stream cut in pieces is found; a key after a word in another event too") func events() {
    let striker = SecretStriker(variables: [("KEY", "swordfish-swordfish")])
    let events = [
      TraceEvent(.message, text: "the key is sk-ant-"), TraceEvent(.message, text: "api03-abcdefgh"),
      TraceEvent(.usage, tokens: TokenCount(input: 1)),
      TraceEvent(.message, text: "ijklmnopqrstuvwxyz and more"), TraceEvent(.reasoning, text: "sword"),
      TraceEvent(.reasoning, text: "fish-swordfish"),
      TraceEvent(.toolCall, text: "swordfish-swordfish", name: "swordfish-swordfish", id: "swordfish-swordfish"),
      TraceEvent(.message, text: "word"), TraceEvent(.message, text: "sk-abcdefghijklmnopqrstuvwxyz012345"),
    ]
    let struck = striker.struck(events)
    #expect(
      struck.map(\.text) == [
        "the key is [struck: sk-ant key]", "", "", " and more", "[struck: $KEY]", "", "[struck: $KEY]", "word",
        "[struck: sk key]",
      ])
    #expect(struck[6].name == "[struck: $KEY]")
    #expect(struck[6].id == "[struck: $KEY]")
    #expect(striker.struck([]).isEmpty)
  }

  @Test("the line after a key keeps its first word; a key's other half is struck") func lines() {
    let striker = SecretStriker()
    func struck(_ texts: [String]) -> [String] {
      striker.struck(texts.map { TraceEvent(.message, text: $0) }).map(\.text)
    }
    #expect(
      struck(["TOKEN=abcdef1234567", "red text", "Authorization is next", "end"])
        == ["TOKEN=[struck: TOKEN value]", "red text", "Authorization is next", "end"])
    #expect(
      struck(["sk-ant-api03-abcdefghijklmnop", "qrstuvwx0123 and more"]) == ["[struck: sk-ant key]", " and more"])
  }

  @Test(
    "hostile lines take time in proportion",
    arguments: [
      "eyJ", "eyJa.eyJ", "-----BEGIN PRIVATE KEY-----", "-----BEGIN ", "://", "://a:", "api-key=", "sk-", "sk-ant-",
      "Authorization: ", "TOKEN=", "AIza", "a", "swordfish-", "é", "-", "xoxb-", "Bearer ", "-----END ",
    ])
  func hostile(piece: String) {
    let striker = SecretStriker(variables: [
      ("KEY", String(repeating: "swordfish-", count: 200) + "end"), ("A", String(repeating: "a", count: 300) + "b"),
    ])
    // Looking at the rest of the line from each place of it would take minutes here.
    let text = String(repeating: piece, count: (1 << 18) / piece.utf8.count)
    let began = ContinuousClock.now
    _ = striker.struck(text)
    #expect(ContinuousClock.now - began < .seconds(60))
  }

  @Test("many small events of one kind take time in proportion") func manyEvents() {
    let events = (0..<5000).map { TraceEvent(.message, text: "sk-ant-abcdefghijklmnopqrst \($0) ") }
    let struck = SecretStriker().struck(events)
    #expect(struck.count == events.count)
    #expect(struck.allSatisfy { $0.text.hasPrefix("[struck: sk-ant key] ") })
  }

  /// How many bytes in a row of a value can be read from what is left of its base64.
  private func leaked(_ text: String, _ value: String) -> Int {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)
    let left = text.split(separator: "[struck: $KEY]", omittingEmptySubsequences: false).map { part in
      var bits: [Bool] = []
      for byte in part.utf8 {
        let digit = alphabet.firstIndex(of: byte) ?? (byte == 0x2B || byte == 0x2D ? 62 : 63)
        for bit in 0..<6 { bits.append(digit >> (5 - bit) & 1 == 1) }
      }
      return stride(from: 0, to: bits.count - 7, by: 8).map { start in
        bits[start..<start + 8].reduce(UInt8(0)) { $0 << 1 | ($1 ? 1 : 0) }
      }
    }
    let bytes = Array(value.utf8)
    return left.map { part in
      (0...bytes.count).last { length in
        length <= part.count
          && (0...(bytes.count - length)).contains { start in
            part.indices.contains { part[$0...].starts(with: bytes[start..<start + length]) }
          }
      } ?? 0
    }.max() ?? 0
  }
}

private func base64Text(_ bytes: [UInt8]) -> String {
  let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
  var text = ""
  for start in stride(from: 0, to: bytes.count, by: 3) {
    let part = Array(bytes[start..<min(start + 3, bytes.count)])
    let word = part.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - part.count))
    for digit in 0...part.count { text.append(alphabet[word >> (18 - 6 * digit) & 63]) }
    text += String(repeating: "=", count: 3 - part.count)
  }
  return text
}
