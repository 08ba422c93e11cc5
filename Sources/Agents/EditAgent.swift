package import Workspace

/// A try that is over, as a proposer needs to know it.
package struct PastTry: Sendable {
  /// The key of the proposal that was tried.
  package let key: String
  /// Whether it became the champion.
  package let kept: Bool
  /// Whether its gates passed and its objective was measured.
  package let valid: Bool
  /// Its objective over that of the champion of its time, so that below 1 is better; nil when nothing was measured.
  package let ratio: Double?

  package init(key: String, kept: Bool, valid: Bool, ratio: Double?) {
    self.key = key
    self.kept = kept
    self.valid = valid
    self.ratio = ratio
  }
}

/// A change that is worth a try.
package struct EditProposal: Sendable {
  /// The new contents of the files that change, and of no others.
  package let files: [TreePath: [UInt8]]
  /// What is tried: a point (`BLOCK=64 UNROLL=4`) or an edit (`src/a.c:12:7 '<' -> '<='`).
  package let key: String
  /// Why, in one line.
  package let note: String

  package init(files: [TreePath: [UInt8]], key: String, note: String) {
    self.files = files
    self.key = key
    self.note = note
  }
}

/// A proposer that needs neither a model nor a sandbox: it reads the champion's editable files and answers with new ones.
package protocol EditAgent: Sendable {
  /// The next change to try, or nil when nothing is left.
  ///
  /// Pure, so that a loop resumed from its record goes on as if it had never stopped: the same champion, history and
  /// seed give the same proposal. The seed may be the same for a whole loop or a new one for each try.
  ///
  /// - Parameters:
  ///   - champion: The editable files of the best candidate so far.
  ///   - history: All tries so far, the oldest first.
  ///   - seed: What breaks ties and draws at random.
  /// - Throws: ``EditAgentError`` when the files can't be worked with.
  func propose(champion: [TreePath: [UInt8]], history: [PastTry], seed: UInt64) throws -> EditProposal?
}

/// Why a proposer can't work with the files it was given.
package struct EditAgentError: Error, Equatable, CustomStringConvertible {
  /// The file and line, where there is one.
  package let place: String?
  /// What is wrong there and what would be right.
  package let message: String

  init(_ message: String, file: TreePath? = nil, line: Int? = nil) {
    self.message = message
    place = file.map { file in line.map { "\(file):\($0)" } ?? "\(file)" }
  }

  package var description: String { place.map { "\($0): \(message)" } ?? message }
}
