package import Workspace

/// Tries small edits of the source, one at a time (`mutate`): the mistakes that people make, undone.
///
/// It knows C-like languages and Python by their tokens alone. The kinds of edits take turns by their weights, so that
/// the likeliest come early and none waits for another to be used up; within a kind, lines take turns. Functions that
/// the failing tests point at have three of four tries, for as long as something in them is untried.
package struct MutateAgent: EditAgent {
  private let clues: [String]

  /// - Parameter clues: What is known of the champion's failure: names of tests, lines of output.
  package init(clues: [String] = []) { self.clues = clues }

  package func propose(
    champion: [TreePath: [UInt8]], history: [PastTry], seed: UInt64
  ) throws -> EditProposal? {
    let files = champion.filter { SourceLanguage.of($0.key) != nil }
    guard !files.isEmpty else {
      throw EditAgentError(
        "no editable file is in a language that 'mutate' knows: .c .h .cc .cpp .cs .java .js .ts .go .rs .swift .py")
    }
    let tried = Set(history.map(\.key))
    let edits = likeliest(CandidateEdit.all(of: files), in: files, tried: tried)
    guard let next = EditQueue(edits, tried: tried, seed: seed).next, var bytes = files[next.path] else { return nil }
    bytes.replaceSubrange(next.mutation.range, with: next.mutation.replacement.utf8)
    return EditProposal(files: [next.path: bytes], key: next.key, note: next.mutation.kind.note)
  }
}

extension MutateAgent {
  /// The edits of the likeliest places that are not used up; of all places each fourth time, as the clues may mislead.
  private func likeliest(
    _ edits: [CandidateEdit], in files: [TreePath: [UInt8]], tried: Set<String>
  ) -> [CandidateEdit] {
    guard !clues.isEmpty, tried.count % 4 != 3 else { return edits }
    let suspects = Suspects(files, clues: clues)
    let levels = edits.map { suspects.level($0.path, line: $0.mutation.line) }
    let open = zip(edits, levels).filter { !tried.contains($0.0.key) }.map(\.1).min()
    return open.map { best in zip(edits, levels).filter { $0.1 <= best }.map(\.0) } ?? edits
  }
}

/// A mutation of a file among others, and the key that it goes by.
struct CandidateEdit: Sendable {
  /// What takes turns: the edits of one kind in one line.
  struct Turn: Hashable, Sendable {
    let kind: MutationKind
    let path: TreePath
    let line: Int
  }

  let path: TreePath
  let mutation: Mutation
  let key: String

  var turn: Turn { Turn(kind: mutation.kind, path: path, line: mutation.line) }

  /// All edits of all files, in the order of their places; each once, though two rules may come to the same.
  static func all(of files: [TreePath: [UInt8]]) -> [CandidateEdit] {
    var edits: [CandidateEdit] = []
    var keys: Set<String> = []
    for (path, bytes) in files.sorted(by: { $0.key < $1.key }) {
      guard let language = SourceLanguage.of(path) else { continue }
      for mutation in MutationSite.mutations(of: bytes, language) {
        let old = String(decoding: bytes[mutation.range], as: UTF8.self)
        let key = "\(path):\(mutation.line):\(mutation.column) '\(old)' -> '\(mutation.replacement)'"
        guard old != mutation.replacement, !old.utf8.contains(UInt8(ascii: "\n")), keys.insert(key).inserted else {
          continue
        }
        edits.append(CandidateEdit(path: path, mutation: mutation, key: key))
      }
    }
    return edits
  }
}

/// Which edit comes next, given those that were tried.
struct EditQueue {
  private(set) var next: CandidateEdit?

  /// Weighted fair queueing: the kind whose next try would be due first. As turns are counted from what was tried, it
  /// doesn't matter whether the seed stays the same; it only shuffles what is otherwise equal.
  init(_ edits: [CandidateEdit], tried: Set<String>, seed: UInt64) {
    var ofKind: [MutationKind: Int] = [:]
    var ofPlace: [CandidateEdit.Turn: Int] = [:]
    var left: [MutationKind: [CandidateEdit]] = [:]
    for edit in edits {
      if tried.contains(edit.key) {
        ofKind[edit.mutation.kind, default: 0] += 1
        ofPlace[edit.turn, default: 0] += 1
      } else {
        left[edit.mutation.kind, default: []].append(edit)
      }
    }
    func due(_ kind: MutationKind) -> Double { Double(ofKind[kind, default: 0] + 1) / kind.weight }
    guard let kind = MutationKind.allCases.filter({ left[$0] != nil }).min(by: { due($0) < due($1) }) else { return }
    // Lines take turns within a kind, and so do files by their lines: a table of constants can't hold up the rest.
    func turn(_ edit: CandidateEdit) -> (Int, UInt64) {
      (ofPlace[edit.turn, default: 0], SeededRandom.rank(edit.key, seed: seed))
    }
    next = left[kind, default: []].map { (turn($0), $0) }.min { $0.0 < $1.0 }?.1
  }
}

extension MutationSite {
  /// All edits of a file that the rules know.
  static func mutations(of bytes: [UInt8], _ language: SourceLanguage) -> [Mutation] {
    guard !bytes.contains(0) else { return [] }
    var site = MutationSite(bytes: bytes, language: language)
    for index in site.tokens.indices {
      OperatorRules.apply(&site, at: index)
      OffsetRules.apply(&site, at: index)
      ConditionRules.apply(&site, at: index)
    }
    NameRules.apply(&site)
    return site.found
  }
}
