internal import Digests

/// The stored form of folders and changes: ASCII lines, a version first, one name or path a line in the order of the bytes.
///
/// ```
/// belljar-folder 1                  belljar-changes 1
/// f DIGEST x|- SIZE MODIFIED NAME   f DIGEST x|- SIZE MODIFIED PATH
/// l TARGET MODIFIED NAME            l TARGET MODIFIED PATH
/// d DIGEST NAME                     r PATH
/// ```
/// f is a file, l a link, d a folder by its own stored form's digest, r what is removed. Names, paths and targets are escaped
/// (`\xNN` for all but printable ASCII); equal values have equal bytes.
enum TreeFormat {
  enum Line {
    case entry(Entry)
    case folder(Digest)
    case removal
  }

  static func append(_ line: Line, _ name: [UInt8], to text: inout [UInt8]) {
    switch line {
    case .removal:
      text += "r ".utf8
    case .folder(let digest):
      text += "d ".utf8
      EscapedBytes.append(hexadecimal: digest.bytes, to: &text)
      text.append(UInt8(ascii: " "))
    case .entry(let entry):
      switch entry.kind {
      case .file(let digest, let executable, let size):
        text += "f ".utf8
        EscapedBytes.append(hexadecimal: digest.bytes, to: &text)
        text += executable ? " x ".utf8 : " - ".utf8
        text += String(size).utf8
      case .symlink(let target):
        text += "l ".utf8
        EscapedBytes.append(target, to: &text)
      }
      text.append(UInt8(ascii: " "))
      text += String(entry.modified).utf8
      text.append(UInt8(ascii: " "))
    }
    EscapedBytes.append(name, to: &text)
    text.append(UInt8(ascii: "\n"))
  }

  /// Reads what ``append(_:_:to:)`` wrote: the lines with their names' bytes.
  ///
  /// - Throws: ``WorkspaceError`` naming the first line that is not of the form.
  static func read(_ bytes: [UInt8], kind: String) throws(WorkspaceError) -> [(line: Line, name: [UInt8])] {
    let header = Array("\(kind) 1\n".utf8)
    guard bytes.starts(with: header) else {
      throw WorkspaceError(
        "read", "a stored \(kind)", because: "its first line is another",
        advice: "it is damaged, or a newer Belljar wrote it")
    }
    guard bytes.last == UInt8(ascii: "\n") else {
      throw WorkspaceError("read", "a \(kind)", because: "its end is cut off")
    }
    var found: [(Line, [UInt8])] = []
    let lines = bytes[header.count...].split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast()
    for (index, text) in lines.enumerated() {
      guard let read = item(text) else { throw wrongLine(index, kind) }
      found.append(read)
    }
    return found
  }

  /// What is said of a line that is wrong.
  static func wrongLine(_ index: Int, _ kind: String) -> WorkspaceError {
    WorkspaceError("read", "a stored \(kind)", because: "line \(index + 2) is not one of its form, or out of order")
  }

  private static func item(_ text: ArraySlice<UInt8>) -> (Line, [UInt8])? {
    let fields = text.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
    guard let last = fields.last, let name = EscapedBytes.bytes(last), let line = line(fields.dropLast()) else {
      return nil
    }
    return (line, name)
  }

  private static func line(_ fields: ArraySlice<ArraySlice<UInt8>>) -> Line? {
    guard let kind = fields.first else { return nil }
    switch (String(decoding: kind, as: UTF8.self), fields.count) {
    case ("r", 1): return .removal
    case ("d", 2): return Digest(hex: String(decoding: fields[1], as: UTF8.self)).map { .folder($0) }
    case ("l", 3):
      guard let target = EscapedBytes.bytes(fields[1]), !target.isEmpty, !target.contains(0),
        let modified = Int64(field: fields[2])
      else { return nil }
      return .entry(Entry(.symlink(target), modified: modified))
    case ("f", 5):
      guard let digest = Digest(hex: String(decoding: fields[1], as: UTF8.self)),
        fields[2].elementsEqual("x".utf8) || fields[2].elementsEqual("-".utf8),
        let size = Int64(field: fields[3]), size >= 0, let modified = Int64(field: fields[4])
      else { return nil }
      let executable = fields[2].elementsEqual("x".utf8)
      return .entry(Entry(.file(digest, executable: executable, size: Int(size)), modified: modified))
    default: return nil
    }
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
