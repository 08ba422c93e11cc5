internal import Digests

/// The stored form of trees and changes: ASCII lines, a version first, one path a line in the order of the bytes.
///
/// ```
/// belljar-tree 1
/// f DIGEST x|- SIZE MODIFIED PATH
/// l TARGET MODIFIED PATH
/// r PATH                            (in changes only: removed)
/// ```
/// Paths and targets are escaped (`\xNN` for all but printable ASCII); equal values have equal bytes.
enum TreeFormat {
  static let treeHeader = Array("belljar-tree 1\n".utf8)
  static let changesHeader = Array("belljar-changes 1\n".utf8)

  static func append(_ path: TreePath, _ change: Change, to text: inout [UInt8]) {
    switch change {
    case .remove:
      text += "r ".utf8
    case .write(let entry):
      switch entry.kind {
      case .file(let digest, let executable, let size):
        text += "f \(digest) \(executable ? "x" : "-") \(size) \(entry.modified) ".utf8
      case .symlink(let target):
        text += "l ".utf8
        EscapedBytes.append(target, to: &text)
        text += " \(entry.modified) ".utf8
      }
    }
    EscapedBytes.append(path.bytes, to: &text)
    text.append(UInt8(ascii: "\n"))
  }

  /// Reads what ``append(_:_:to:)`` wrote, and nothing else: any other bytes are an error with their line.
  static func read(_ bytes: [UInt8], header: [UInt8]) throws(WorkspaceError) -> [(TreePath, Change)] {
    let kind = String(decoding: header.dropLast(), as: UTF8.self)
    guard bytes.starts(with: header) else {
      throw WorkspaceError(
        "read", "a stored \(kind)", because: "its first line is another",
        advice: "it is damaged, or a newer Belljar wrote it")
    }
    guard bytes.last == UInt8(ascii: "\n") else {
      throw WorkspaceError("read", "a \(kind)", because: "its end is cut off")
    }
    var found: [(TreePath, Change)] = []
    let lines = bytes[header.count...].split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast()
    for (index, line) in lines.enumerated() {
      guard let (path, change) = item(line) else {
        throw WorkspaceError("read", "a stored \(kind)", because: "line \(index + 2) is not one of its form")
      }
      if let last = found.last, !(last.0 < path) {
        throw WorkspaceError("read", "a stored \(kind)", because: "line \(index + 2) is out of order")
      }
      found.append((path, change))
    }
    return found
  }

  private static func item(_ line: ArraySlice<UInt8>) -> (TreePath, Change)? {
    let fields = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
    guard let last = fields.last, let bytes = EscapedBytes.bytes(last), let path = TreePath(bytes: bytes) else {
      return nil
    }
    let kind = fields[0]
    if kind.elementsEqual("r".utf8), fields.count == 2 { return (path, .remove) }
    if kind.elementsEqual("l".utf8), fields.count == 4, let target = EscapedBytes.bytes(fields[1]),
      !target.isEmpty, !target.contains(0), let modified = Int64(field: fields[2])
    {
      return (path, .write(Entry(.symlink(target), modified: modified)))
    }
    guard kind.elementsEqual("f".utf8), fields.count == 6,
      let digest = Digest(hex: String(decoding: fields[1], as: UTF8.self)),
      fields[2].elementsEqual("x".utf8) || fields[2].elementsEqual("-".utf8),
      let size = Int64(field: fields[3]), size >= 0, let modified = Int64(field: fields[4])
    else { return nil }
    let executable = fields[2].elementsEqual("x".utf8)
    return (path, .write(Entry(.file(digest, executable: executable, size: Int(size)), modified: modified)))
  }
}

extension Int64 {
  /// A number in the one form that Swift writes.
  fileprivate init?(field: ArraySlice<UInt8>) {
    let text = String(decoding: field, as: UTF8.self)
    guard let value = Int64(text), value.description == text else { return nil }
    self = value
  }
}

extension Tree {
  /// The stored form (see ``TreeFormat``), the same bytes for equal trees.
  package func serialized() -> [UInt8] {
    var text = TreeFormat.treeHeader
    for item in items { TreeFormat.append(item.path, .write(item.entry), to: &text) }
    return text
  }

  /// Reads the stored form.
  ///
  /// - Throws: ``WorkspaceError`` naming the first line that is not of the form.
  package init(serialized bytes: [UInt8]) throws(WorkspaceError) {
    var items: [Item] = []
    for (path, change) in try TreeFormat.read(bytes, header: TreeFormat.treeHeader) {
      guard case .write(let entry) = change else {
        throw WorkspaceError("read", "a stored tree", because: "\(path) is a removal, which only changes have")
      }
      items.append(Item(path, entry))
    }
    self.init(items)
  }
}

extension Changes {
  /// The stored form (see ``TreeFormat``), the same bytes for equal changes.
  package func serialized() -> [UInt8] {
    var text = TreeFormat.changesHeader
    for (path, change) in sorted { TreeFormat.append(path, change, to: &text) }
    return text
  }

  /// Reads the stored form.
  ///
  /// - Throws: ``WorkspaceError`` naming the first line that is not of the form.
  package init(serialized bytes: [UInt8]) throws(WorkspaceError) {
    let found = try TreeFormat.read(bytes, header: TreeFormat.changesHeader)
    self.init(Dictionary(found) { _, later in later })
  }
}
