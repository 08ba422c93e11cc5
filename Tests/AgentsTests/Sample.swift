import Glibc
import Testing
import Workspace

@testable import Agents

/// Editable files from texts.
func files(_ texts: [String: String]) throws -> [TreePath: [UInt8]] {
  var files: [TreePath: [UInt8]] = [:]
  for (name, text) in texts { files[try #require(TreePath(name))] = Array(text.utf8) }
  return files
}

/// All proposals of an agent that never gets anything kept, in order.
func proposals(
  _ agent: any EditAgent, _ champion: [TreePath: [UInt8]], seed: UInt64 = 1, most: Int = 5000
) throws -> [EditProposal] {
  var history: [PastTry] = []
  var all: [EditProposal] = []
  while all.count < most, let next = try agent.propose(champion: champion, history: history, seed: seed) {
    all.append(next)
    history.append(PastTry(key: next.key, kept: false, valid: true, ratio: 1.5))
  }
  return all
}

/// The texts that one file gets.
func edits(_ name: String, _ text: String, seed: UInt64 = 1) throws -> Set<String> {
  let path = try #require(TreePath(name))
  return Set(
    try proposals(MutateAgent(), try files([name: text]), seed: seed).compactMap { proposal in
      proposal.files[path].map { String(decoding: $0, as: UTF8.self) }
    })
}

/// A file of this repository, or nil when it can't be read.
func contents(_ path: String) -> [UInt8]? {
  guard let file = fopen(path, "r") else { return nil }
  defer { fclose(file) }
  var bytes: [UInt8] = []
  while case let byte = fgetc(file), byte != EOF { bytes.append(UInt8(truncatingIfNeeded: byte)) }
  return bytes
}

/// The ready-made harnesses' folder.
func harnessFolder() -> String {
  var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
  parts.removeLast(3)
  return parts.joined(separator: "/") + "/harness"
}
