internal import Glibc
internal import Sandbox
internal import Workspace

/// What a judge is shown of what a candidate wrote.
struct JudgedOutput: Sendable, Hashable {
  /// A file's path, or nil for standard output.
  let path: String?
  let text: String

  /// The most bytes that a judge is shown, all outputs together.
  static let mostBytes = 256 << 10
  /// The most files.
  static let mostFiles = 100
}

/// Why a candidate's outputs can't be judged. That is the candidate's fault: showing a judge a part of them would let it choose
/// which part.
struct UnfitOutputs: Error {
  let why: String
}

extension Workbench {
  /// Reads the outputs of a run that a judge is to see, as hostile input.
  ///
  /// - Throws: `UnfitOutputs`; `.rejected` where the run left what is neither file nor folder.
  func outputs(for judge: HarnessJudge, of scorer: HarnessScorer, _ left: RunRemains) throws -> [JudgedOutput] {
    try OutputFolder.refuseOddities(left.out, of: scorer)
    var printed: [JudgedOutput] = []
    if judge.showsOutput, left.outputCount > 0 {
      guard left.outputCount <= left.output.count, left.outputCount <= JudgedOutput.mostBytes else {
        throw UnfitOutputs(
          why: "it printed \(left.outputCount) bytes, and at most \(JudgedOutput.mostBytes) can be judged")
      }
      printed.append(JudgedOutput(path: nil, text: try text(left.output, of: "what it printed")))
    }
    return try files(for: judge, in: left.out, beside: printed)
  }

  /// Reads the build's outputs that a judge is to see.
  func outputs(for judge: HarnessJudge, builtBy specimen: Specimen) throws -> [JudgedOutput] {
    guard let built = specimen.built else { throw UnfitOutputs(why: "nothing was built") }
    return try files(for: judge, in: built, beside: [])
  }

  private func files(
    for judge: HarnessJudge, in folder: String, beside printed: [JudgedOutput]
  ) throws -> [JudgedOutput] {
    let wanted = try PatternList(judge.files)
    var paths: [TreePath] = []
    for entry in try UpperNames.list(folder, leftBy: "the run") where entry.type == S_IFREG {
      guard let path = TreePath(bytes: entry.path), wanted.contains(path) else { continue }
      paths.append(path)
    }
    guard paths.count <= JudgedOutput.mostFiles else {
      throw UnfitOutputs(why: "it wrote \(paths.count) files, more than \(JudgedOutput.mostFiles) can be judged")
    }
    var outputs = printed
    var room = JudgedOutput.mostBytes - printed.reduce(0) { $0 + $1.text.utf8.count }
    for path in paths.sorted() {
      guard let bytes = try OutputFolder.read(folder, path, most: room) else {
        throw UnfitOutputs(
          why: "\(path) can't be read, or all outputs together have more than the \(JudgedOutput.mostBytes) bytes "
            + "that can be judged")
      }
      room -= bytes.count
      outputs.append(JudgedOutput(path: path.description, text: try text(bytes, of: path.description)))
    }
    guard !outputs.isEmpty else { throw UnfitOutputs(why: "it wrote nothing that could be judged") }
    return outputs
  }

  private func text(_ bytes: [UInt8], of what: String) throws -> String {
    guard !bytes.contains(0), let text = String(validating: bytes, as: UTF8.self) else {
      throw UnfitOutputs(why: "\(what) is not UTF-8 text, and nothing else can be judged")
    }
    return text
  }
}
