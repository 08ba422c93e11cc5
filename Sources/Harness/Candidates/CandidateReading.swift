internal import FoundationEssentials
internal import Scoring
internal import StrictYAML

extension DeclaredCandidate {
  /// The folder beside the harness file that holds the candidates.
  package static let folder = "candidates"
  /// The file in it that declares them.
  package static let file = "expected.yaml"

  private static let keys = ["verdict", "answer", "reason", "files", "removes"]

  /// Reads the candidates of a harness, in the file's order.
  ///
  /// - Parameter folder: The harness file's folder.
  /// - Throws: `YAMLError` with the place of what is wrong, also where a folder is missing or not declared.
  package static func load(folder: String) throws -> [DeclaredCandidate] {
    let path = "\(folder)/\(Self.folder)/\(file)"
    guard let data = FileManager.default.contents(atPath: path) else {
      throw YAMLError(
        file: path, line: 1, column: 1,
        message: "there is no such file: it declares the candidates that the scorers are tried on; "
          + "`belljar scorer new NAME` writes one, docs/scorers.md says how it looks")
    }
    guard let text = String(validating: data, as: UTF8.self) else {
      throw YAMLError(file: path, line: 1, column: 1, message: "the file is not UTF-8")
    }
    let folders = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(Self.folder)").filter { name in
      var isFolder = false
      return FileManager.default.fileExists(atPath: "\(folder)/\(Self.folder)/\(name)", isDirectory: &isFolder)
        && isFolder
    }
    return try parse(text: text, file: path, folders: Set(folders))
  }

  /// Reads a declaration's text.
  ///
  /// - Parameter folders: The folders beside it. Each must be a candidate's: one that nobody declares is never run.
  package static func parse(text: String, file: String, folders: Set<String>) throws -> [DeclaredCandidate] {
    let top = try YAMLValue(parsing: text, file: file)
    var candidates: [DeclaredCandidate] = []
    for (key, value) in try top.mapping().entries {
      candidates.append(try DeclaredCandidate(reading: value, name: try key.label()))
      guard let files = candidates.last?.files, !folders.contains(files) else { continue }
      throw key.error(
        "there is no folder '\(files)' with its files; for the tree as it is write 'files: none', for another folder 'files: NAME'"
      )
    }
    guard !candidates.isEmpty else { throw top.expected("at least one candidate") }
    if let other = folders.subtracting(candidates.compactMap(\.files)).sorted().first {
      throw top.error("the folder '\(other)' is no candidate's: add '\(other): {verdict: ...}' or remove it")
    }
    return candidates
  }

  private init(reading value: YAMLValue, name: String) throws(YAMLError) {
    let mapping = try value.mapping()
    try mapping.only(Self.keys)
    self.init(name: name, verdict: try mapping.require("verdict").choice(Verdict.self), files: name)
    if let value = mapping["answer"] {
      answer = try value.choice(Answer.self)
      let fits = (verdict == .kept) == (answer == .better)
      guard fits, verdict != .rejected else {
        throw value.error("a candidate whose verdict is \(verdict.rawValue) can't have this answer of the objective")
      }
    }
    reason = try mapping["reason"].read(YAMLValue.string)
    if let value = mapping["files"] {
      let folder = try value.string()
      guard folder != "none" else {
        files = nil
        removes = try mapping["removes"].read(YAMLValue.insidePaths) ?? []
        return
      }
      files = try value.label()
    }
    removes = try mapping["removes"].read(YAMLValue.insidePaths) ?? []
  }
}
