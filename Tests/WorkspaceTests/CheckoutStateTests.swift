import Testing
import Workspace

@Suite("CheckoutState") struct CheckoutStateTests {
  private func differing(_ script: String) throws -> [String] {
    let folder = try TestFolder()
    try folder.sh("mkdir -p p/d; cd p; printf 1 > a; printf 1 > d/x; ln -s a l")
    let tree = try folder.tree("p")
    try folder.sh("cd p; \(script)")
    return names(try CheckoutState.differing(["a", "d/x", "l", "none"].map(path), from: tree, root: folder("p")))
  }

  @Test("a checkout that was only touched is as it was")
  func same() throws { #expect(try differing("touch a d/x; touch -h l").isEmpty) }

  @Test(
    "what was changed, replaced, removed or added is told",
    arguments: [
      ("printf 2 > a", ["a"]), ("chmod +x d/x", ["d/x"]), ("ln -sf d l", ["l"]), ("rm -r d", ["d/x"]),
      ("mv d e; ln -s e d", ["d/x"]), ("rm a; ln -s /dev/zero a", ["a"]), ("rm a; mkfifo a", ["a"]),
      ("rm a; mkdir a", ["a"]), ("touch none", ["none"]),
    ])
  func changed(script: String, paths: [String]) throws { #expect(try differing(script) == paths) }
}
