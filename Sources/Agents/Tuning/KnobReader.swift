import Workspace

/// Reads `belljar: knob` comments and the definitions that they govern.
///
/// A comment stands at the end of the definition's line, or alone above it; several may stand above one another.
/// It names what it governs, so a slip (a renamed constant, a moved line) is an error and not a wrong edit.
struct KnobReader {
  private let file: TreePath
  private let bytes: [UInt8]
  private let lines: [Range<Int>]

  /// All knobs of the files, by path and then from top to bottom.
  static func grid(_ files: [TreePath: [UInt8]]) throws(EditAgentError) -> KnobGrid {
    var knobs: [Knob] = []
    var places: [String: String] = [:]
    for (path, bytes) in files.sorted(by: { $0.key < $1.key }) where !bytes.contains(0) {
      let reader = KnobReader(file: path, bytes: bytes)
      for (knob, line) in try reader.knobs() {
        if let other = places.updateValue("\(path):\(line)", forKey: knob.name) {
          throw EditAgentError("the knob '\(knob.name)' is declared at \(other) already", file: path, line: line)
        }
        knobs.append(knob)
      }
    }
    guard !knobs.isEmpty else {
      throw EditAgentError(
        "no knobs in the editable files: write a comment such as 'belljar: knob BLOCK 8..512 step *2' at a constant")
    }
    // In the order of their places, which for comments above one line may not be that of the comments.
    knobs.sort { ($0.file, $0.range.lowerBound) < ($1.file, $1.range.lowerBound) }
    return KnobGrid(knobs: knobs, files: files)
  }

  private init(file: TreePath, bytes: [UInt8]) {
    self.file = file
    self.bytes = bytes
    var lines: [Range<Int>] = []
    var start = 0
    for (index, byte) in bytes.enumerated() where byte == UInt8(ascii: "\n") {
      lines.append(start..<index)
      start = index + 1
    }
    lines.append(start..<bytes.count)
    self.lines = lines
  }

  private func knobs() throws(EditAgentError) -> [(Knob, line: Int)] {
    var found: [(Knob, line: Int)] = []
    for index in lines.indices {
      guard let comment = KnobComment(bytes[lines[index]]) else { continue }
      let declared: (name: String, values: KnobValues)
      do { declared = try comment.declaration() } catch {
        throw EditAgentError(error.message, file: file, line: index + 1)
      }
      found.append((try knob(declared, comment, at: index), index + 1))
    }
    return found
  }

  /// The knob whose comment stands in a line.
  private func knob(
    _ declared: (name: String, values: KnobValues), _ comment: KnobComment, at index: Int
  ) throws(EditAgentError) -> Knob {
    var governed = lines[index].lowerBound..<comment.start
    var line = index
    if comment.isAlone {
      repeat { line += 1 } while line < lines.count && KnobComment(bytes[lines[line]])?.isAlone == true
      guard line < lines.count else {
        throw EditAgentError("no line follows the knob '\(declared.name)'", file: file, line: index + 1)
      }
      governed = lines[line]
      if let next = KnobComment(bytes[governed]) { governed = governed.lowerBound..<next.start }
    }
    guard let range = KnobDefinition(name: declared.name, in: bytes[governed]).value else {
      throw EditAgentError(
        "no definition of '\(declared.name)' for its knob: expected '#define \(declared.name) VALUE' or "
          + "'\(declared.name) = VALUE'", file: file, line: line + 1)
    }
    let text = String(decoding: bytes[range], as: UTF8.self)
    // A number may carry a suffix (64u, 64_usize), which stays.
    let digits = declared.values.isOrdered ? text.prefix { $0.isNumber || $0 == "-" } : text[...]
    let suffix = text[digits.endIndex...]
    guard let level = declared.values.levels.firstIndex(of: String(digits)),
      suffix.isEmpty || suffix.first == "_" || ["u", "U", "l", "L", "z", "Z", "i"].contains(suffix.first)
    else {
      throw EditAgentError(
        "'\(declared.name)' is \(text), which is none of its knob's values: "
          + Self.listed(declared.values.levels), file: file, line: line + 1)
    }
    let value = range.lowerBound..<(range.lowerBound + digits.utf8.count)
    return Knob(name: declared.name, values: declared.values, file: file, range: value, level: level)
  }

  private static func listed(_ levels: [String]) -> String {
    levels.count <= 12
      ? levels.joined(separator: ", ")
      : levels.prefix(8).joined(separator: ", ") + ", ... " + levels.suffix(1).joined()
  }
}
