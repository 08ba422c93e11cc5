package import Digests

/// One file of a tree: its contents by digest, and when it changed.
package struct Entry: Hashable, Sendable {
  package enum Kind: Hashable, Sendable {
    case file(Digest, executable: Bool, size: Int)
    /// A symbolic link, with its target's bytes.
    case symlink([UInt8])
  }
  package var kind: Kind
  /// Nanoseconds since 1970.
  package var modified: Int64

  package init(kind: Kind, modified: Int64) {
    self.kind = kind
    self.modified = modified
  }

  /// A time for a changed file: now, and in a later whole second than what it replaces (Python's .pyc keeps seconds).
  package static func newer(than old: Int64?, now: Int64) -> Int64 {
    guard let old else { return now }
    let second: Int64 = 1_000_000_000
    return now / second > old / second ? now : (old / second + 1) * second
  }
}

/// The files of a project at one moment.
package struct Tree: Sendable {
  package private(set) var entries: [TreePath: Entry]

  package init(entries: [TreePath: Entry]) { self.entries = entries }

  /// The tree with changes applied.
  package func applying(_ changes: Changes) -> Tree {
    var result = entries
    for (path, change) in changes.byPath {
      switch change {
      case .write(let entry): result[path] = entry
      case .remove: result[path] = nil
      }
    }
    return Tree(entries: result)
  }

  /// The canonical text: one line a file, sorted by path. `serialized` of equal trees is equal, byte for byte.
  package var serialized: [UInt8] {
    var text = "belljar tree 1\n"
    for (path, entry) in entries.sorted(by: { $0.key < $1.key }) {
      text += "\(EntryText.line(entry)) \(EntryText.escaped(path.bytes))\n"
    }
    return Array(text.utf8)
  }

  /// The digest of `serialized`.
  package var digest: Digest { Digest(of: serialized) }

  /// Reads `serialized` back.
  package init(serialized bytes: [UInt8]) throws {
    entries = [:]
    for line in try EntryText.lines(bytes, header: "belljar tree 1") {
      let (entry, path) = try EntryText.entry(line)
      entries[path] = entry
    }
  }
}

/// What differs between two trees.
package struct Changes: Sendable {
  package enum Change: Hashable, Sendable {
    case write(Entry)
    case remove
  }
  package private(set) var byPath: [TreePath: Change] = [:]

  package init() {}

  package subscript(path: TreePath) -> Change? {
    get { byPath[path] }
    set { byPath[path] = newValue }
  }
  package var isEmpty: Bool { byPath.isEmpty }
  package var paths: [TreePath] { byPath.keys.sorted() }

  /// These changes on top of earlier ones, both against `base`; what ends as it began drops out.
  package func merged(over earlier: Changes, base: Tree) -> Changes {
    var result = earlier
    for (path, change) in byPath { result.byPath[path] = change }
    for (path, change) in result.byPath {
      switch change {
      case .write(let entry) where base.entries[path]?.kind == entry.kind: result.byPath[path] = nil
      case .remove where base.entries[path] == nil: result.byPath[path] = nil
      default: break
      }
    }
    return result
  }

  package var serialized: [UInt8] {
    var text = "belljar changes 1\n"
    for (path, change) in byPath.sorted(by: { $0.key < $1.key }) {
      switch change {
      case .write(let entry): text += "\(EntryText.line(entry)) \(EntryText.escaped(path.bytes))\n"
      case .remove: text += "remove \(EntryText.escaped(path.bytes))\n"
      }
    }
    return Array(text.utf8)
  }

  package init(serialized bytes: [UInt8]) throws {
    for line in try EntryText.lines(bytes, header: "belljar changes 1") {
      if line.hasPrefix("remove ") {
        byPath[try EntryText.path(line.dropFirst(7))] = .remove
      } else {
        let (entry, path) = try EntryText.entry(line)
        byPath[path] = .write(entry)
      }
    }
  }
}

/// Entries as lines of text: `file DIGEST x|- SIZE TIME PATH` or `link TIME TARGET PATH`, bytes escaped as %XX.
enum EntryText {
  static func line(_ entry: Entry) -> String {
    switch entry.kind {
    case .file(let digest, let executable, let size):
      "file \(digest) \(executable ? "x" : "-") \(size) \(entry.modified)"
    case .symlink(let target): "link \(entry.modified) \(escaped(target))"
    }
  }

  static func entry(_ line: Substring) throws -> (Entry, TreePath) {
    let fields = line.split(separator: " ", omittingEmptySubsequences: false)
    if fields.count == 6, fields[0] == "file", let digest = Digest(hex: fields[1]), let size = Int(fields[3]),
      let time = Int64(fields[4])
    {
      return (Entry(kind: .file(digest, executable: fields[2] == "x", size: size), modified: time), try path(fields[5]))
    }
    if fields.count == 4, fields[0] == "link", let time = Int64(fields[1]), let target = unescaped(fields[2]) {
      return (Entry(kind: .symlink(target), modified: time), try path(fields[3]))
    }
    throw WorkspaceError("read stored tree", String(line.prefix(80)), "not a line of a tree")
  }

  static func path(_ text: Substring) throws -> TreePath {
    guard let bytes = unescaped(text), let path = TreePath(bytes: bytes) else {
      throw WorkspaceError("read stored tree", String(text.prefix(80)), "not a path")
    }
    return path
  }

  static func lines(_ bytes: [UInt8], header: String) throws -> [Substring] {
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    guard lines.first == header[...] else { throw WorkspaceError("read stored tree", header, "another kind of object") }
    return Array(lines.dropFirst())
  }

  static func escaped(_ bytes: [UInt8]) -> String {
    var text = ""
    for byte in bytes {
      if byte > 32, byte < 127, byte != UInt8(ascii: "%") {
        text.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        let hex = String(byte, radix: 16)
        text += hex.count == 1 ? "%0\(hex)" : "%\(hex)"
      }
    }
    return text.isEmpty ? "%" : text
  }

  static func unescaped(_ text: Substring) -> [UInt8]? {
    if text == "%" { return [] }
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      guard rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else {
        return nil
      }
      bytes.append(value)
      rest = rest.dropFirst(2)
    }
    return bytes
  }
}
