import Digests
import Glibc
import Testing

@testable import Workspace

/// A folder that lives as long as a test.
final class TestFolder {
  let path: String

  init() throws {
    var template = Array("/tmp/belljar-test-XXXXXX".utf8CString)
    let made = try #require(mkdtemp(&template))
    path = String(cString: made)
  }

  deinit {
    do { try TreeRemoval.removeTree(path) } catch { Issue.record("left over: \(error)") }
  }

  func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

  /// Runs a shell script here.
  @discardableResult
  func sh(_ script: String) throws -> [UInt8] {
    let environment = [
      "PATH=/usr/bin:/bin", "HOME=\(path)", "GIT_CONFIG_NOSYSTEM=1", "GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@b",
      "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@b",
    ]
    let output = try HostCommand(["bash", "-ec", script], environment: environment, folder: path).run()
    try #require(output.status == 0, "\(String(decoding: output.stderr, as: UTF8.self))")
    return output.stdout
  }

  func store() throws -> ObjectStore { try ObjectStore(root: self("store")) }

  /// A tree of a folder's files as they are.
  func tree(_ name: String, now: Int64 = .max) throws -> Tree {
    let listing = try TreeListing.files(root: self(name))
    return try Snapshot.take(root: self(name), listing: listing.paths, store: try store(), now: now)
  }

  func bytes(_ name: String) throws -> [UInt8] { try sh("cat \(name)") }
}

/// A path that a test knows to be right.
func path(_ text: String) throws -> TreePath { try #require(TreePath(text)) }

/// A tree of texts, each in the store.
func tree(_ files: [String: String], _ store: ObjectStore, modified: Int64 = 5_000_000_000) throws -> Tree {
  Tree(
    try files.map { name, text in
      let digest = try store.put(Array(text.utf8))
      return Tree.Item(
        try path(name), Entry(.file(digest, executable: false, size: text.utf8.count), modified: modified))
    })
}

func names(_ paths: some Sequence<TreePath>) -> [String] { paths.map(\.description) }
