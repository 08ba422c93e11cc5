internal import Glibc
package import Workspace

/// Links of a candidate that lead to where only our own steps are.
///
/// `score` runs where the harness's files, its hidden ones too, lie below /harness, with the candidate's tree beside it. An
/// `answer` that is a link to `/proc/self/cwd/grading/expected` would be compared with itself: the link is the candidate's,
/// the eyes that follow it are ours. So such links are no part of a candidate.
package enum Outgoing {
  /// Folders of a sandbox that mean something else to our own steps than to the candidate's.
  private static let ours = ["harness", "in", "out", "proc", "dev", "prompt"]

  /// - Throws: `.rejected` with the first link of the changes that leads out.
  package static func refuse(_ changes: Changes, sealed: SealedInputs) throws {
    for (path, change) in changes.sorted {
      guard case .write(let entry) = change, case .symlink(let target) = entry.kind else { continue }
      if leadsOut(target, from: path) || sealed.hold(target, from: path) {
        throw EvaluationFault.rejected("made \(path) a link that leads out of the tree")
      }
    }
  }

  /// - Throws: `.rejected` with the first link of a build that leads out.
  static func refuse(_ entries: [UpperNames.Entry], of upper: String, sealed: SealedInputs) throws {
    for entry in entries where entry.type == S_IFLNK {
      guard let path = TreePath(bytes: entry.path) else { continue }
      let target = UpperNames.linkTarget(upper, entry.path)
      if leadsOut(target, from: path) || sealed.hold(target, from: path) {
        throw EvaluationFault.rejected("build made \(path) a link that leads out of the tree")
      }
    }
  }

  /// Whether a link leads, or may lead, to one of our folders. Absolute ones to anywhere else see what all steps see.
  ///
  /// `..` counts only at the beginning: behind a name that is a link itself it leads from there, which no text tells.
  static func leadsOut(_ target: [UInt8], from path: TreePath) -> Bool {
    let parts = target.split(separator: UInt8(ascii: "/")).filter { !$0.elementsEqual(".".utf8) }
    let names = parts.drop { $0.elementsEqual("..".utf8) }
    if names.contains(where: { $0.elementsEqual("..".utf8) }) { return true }
    let climbs = parts.count - names.count
    guard target.first == UInt8(ascii: "/") else { return climbs >= path.parts.count }
    return names.first.map { first in ours.contains { first.elementsEqual($0.utf8) } } ?? true
  }
}
