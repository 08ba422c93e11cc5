internal import Workspace

/// The files of a surface as a model's answer changes them, block by block.
struct AnswerEdits {
  /// Larger files are no source code that a model would write.
  static let largest = 1 << 20

  private let task: ModelTask
  /// Blocks that were applied.
  private(set) var applied = 0
  /// What stands now in the files that were changed.
  private(set) var changed: [TreePath: String] = [:]

  init(_ task: ModelTask) { self.task = task }

  /// The files that differ from what they were.
  var files: [TreePath: [UInt8]] {
    changed.mapValues { Array($0.utf8) }.filter { path, bytes in task.contents[path] != bytes }
  }

  /// Applies what can be.
  ///
  /// - Returns: For each block that can't, why not, in a sentence for the model.
  mutating func apply(_ blocks: [AnswerBlock]) -> [String] {
    var faults: [String] = []
    for block in blocks {
      do throws(SearchBlock.Fault) {
        try apply(block)
      } catch {
        faults.append("the block in line \(block.line), for '\(Self.shown(block.path))': \(error.message)")
      }
    }
    if let over = overLimit { faults.append(over) }
    return faults
  }

  private var overLimit: String? {
    let files = files
    if let most = task.surface.maxFiles, files.count > most {
      return "\(files.count) files are changed, and at most \(most) may be"
    }
    let bytes = files.values.reduce(0) { $0 + $1.count }
    if let most = task.surface.maxBytes, bytes > most {
      return "the changed files have \(bytes) bytes together, and may have \(most)"
    }
    return nil
  }

  private mutating func apply(_ block: AnswerBlock) throws(SearchBlock.Fault) {
    let path = try path(block.path)
    let old = try text(of: path)
    var lines: [String]
    switch block.change {
    case .whole(let whole):
      lines = whole.map(String.init)
      // A model writes LF whatever it was shown.
      if let old, Self.endsInCR(old) { lines = lines.map { $0.last == "\r" ? $0 : $0 + "\r" } }
    case .replace(let block): lines = try SearchBlock(lines: TextLines.split(old ?? "")).applying(block)
    }
    let isOpen = old.map { !$0.isEmpty && $0.utf8.last != UInt8(ascii: "\n") } ?? false
    let isWhole = if case .whole = block.change { true } else { false }
    var text = lines.joined(separator: "\n")
    // A file whose last line has no end keeps it so, unless it was written as a whole.
    if !lines.isEmpty, isWhole || !isOpen { text += "\n" }
    guard text.utf8.count <= Self.largest else {
      throw SearchBlock.Fault(message: "the file would have \(text.utf8.count) bytes, and may have \(Self.largest)")
    }
    guard !text.utf8.contains(0) else { throw SearchBlock.Fault(message: "a text file can't hold a NUL") }
    changed[path] = text
    applied += 1
  }

  /// The path of a file that may be written.
  private func path(_ name: String) throws(SearchBlock.Fault) -> TreePath {
    var name = name[...]
    while name.hasPrefix("./") { name = name.dropFirst(2) }
    guard !name.unicodeScalars.contains(where: { $0.value < 32 || (127..<160).contains($0.value) }),
      let path = TreePath(String(name))
    else {
      throw SearchBlock.Fault(
        message: "that is no path inside the project; write it as it is shown, such as src/main.c")
    }
    guard task.surface.isEditable(path) else {
      throw SearchBlock.Fault(
        message: "that file may not be changed; only those may that are shown, or match what may be changed")
    }
    guard task.tree[path] == nil, changed[path] == nil else { return path }
    let isTaken =
      task.tree.isFolder(path) || path.ancestors.contains { task.tree[$0] != nil || changed[$0] != nil }
      || changed.keys.contains { $0.isAtOrBelow(path) }
    guard !isTaken else {
      throw SearchBlock.Fault(message: "a file can't be made there: the path is a folder's, or goes through a file")
    }
    return path
  }

  /// What a file holds now; nil for a new one.
  private func text(of path: TreePath) throws(SearchBlock.Fault) -> String? {
    if let text = changed[path] { return text }
    guard task.tree[path] != nil else { return nil }
    guard let bytes = task.contents[path], let text = ModelTask.text(bytes) else {
      throw SearchBlock.Fault(message: "that file isn't a text that was shown, so it can't be changed")
    }
    return text
  }

  private static func endsInCR(_ text: String) -> Bool {
    let lines = TextLines.split(text)
    return !lines.isEmpty && lines.allSatisfy { $0.last == "\r" }
  }

  private static func shown(_ text: String) -> String {
    String(String.UnicodeScalarView(text.unicodeScalars.prefix(120).map { $0.value < 32 ? "?" : $0 }))
  }
}
