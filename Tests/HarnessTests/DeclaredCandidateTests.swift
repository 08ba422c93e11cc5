import Harness
import Scoring
import Testing

@Suite("Declared candidates") struct DeclaredCandidateTests {
  private func parse(_ text: String, folders: Set<String> = ["good", "cheat"]) throws -> [DeclaredCandidate] {
    try DeclaredCandidate.parse(text: text, file: "f", folders: folders)
  }

  @Test("a candidate has a verdict, and its files in a folder of its name") func reads() throws {
    let candidates = try parse(
      """
      same: {verdict: discarded, answer: same, files: none}
      good: {verdict: kept}
      other: {verdict: rejected, files: cheat, reason: of 100, removes: [src/a, b]}
      """)
    #expect(
      candidates == [
        DeclaredCandidate(name: "same", verdict: .discarded, answer: .same, files: nil),
        DeclaredCandidate(name: "good", verdict: .kept, files: "good"),
        DeclaredCandidate(
          name: "other", verdict: .rejected, reason: "of 100", files: "cheat", removes: ["src/a", "b"]),
      ])
    #expect(candidates.map(\.isUnchanged) == [true, false, false])
  }

  @Test(
    "what is wrong is named with its place",
    arguments: [
      ("godo: {verdict: kept}", "f:1:1: there is no folder 'godo' with its files; for the tree as it is write"),
      ("good: {verdict: kept}", "the folder 'cheat' is no candidate's: add 'cheat: {verdict: ...}' or remove it"),
      (
        "good: {verdict: keept}",
        "f:1:17: good.verdict: expected one of kept, discarded, rejected; found 'keept'; did you"
      ),
      ("good: {verdict: invalid}", "expected one of kept, discarded, rejected; found 'invalid'"),
      ("good: {answer: better}", "missing key 'verdict'"),
      ("good: {verdict: kept, answer: same}", "a candidate whose verdict is kept can't have this answer"),
      ("good: {verdict: rejected, answer: worse}", "a candidate whose verdict is rejected can't have this answer"),
      ("good: {verdict: kept, files: ../x}", "good.files: expected a name"),
      ("good: {verdict: kept, removes: [/x]}", "expected a relative path inside the tree"),
      ("good: {verdict: kept, wants: x}", "unknown key 'wants'"),
      ("{}", "expected at least one candidate"), ("[]", "expected a mapping"),
    ])
  func refused(_ text: String, _ message: String) throws {
    let found = try #require(complaint { try parse(text) })
    #expect(found.contains(message), "\(found)")
  }

  @Test("a missing declaration says what writes one") func missing() throws {
    let found = try #require(complaint { try DeclaredCandidate.load(folder: "/nonexistent") })
    #expect(found.contains("/nonexistent/candidates/expected.yaml:1:1: there is no such file"))
    #expect(found.contains("belljar scorer new"))
  }
}
