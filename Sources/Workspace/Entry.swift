package import Digests

/// One file or link of a tree, by its content.
package struct Entry: Hashable, Sendable {
  /// What lies at a path.
  package enum Kind: Hashable, Sendable {
    /// A file: its content's digest, whether its owner may run it, and its size in bytes.
    case file(Digest, executable: Bool, size: Int)
    /// A symbolic link and its target's bytes, which are never followed.
    case symlink([UInt8])
  }

  package let kind: Kind
  /// When it was last changed, in nanoseconds since 1970.
  package let modified: Int64

  package init(_ kind: Kind, modified: Int64) {
    self.kind = kind
    self.modified = modified
  }

  /// The same with another time.
  package func modified(at time: Int64) -> Entry { Entry(kind, modified: time) }

  /// A changed file's time: `now`, or, where what it replaces has a time in the same second or later, a second after that.
  ///
  /// make and Python's .pyc files, which keep whole seconds, would otherwise take the old build for the new file's.
  package static func newer(than old: Int64?, now: Int64) -> Int64 {
    let second: Int64 = 1_000_000_000
    guard let old, floored(old, to: second) >= floored(now, to: second) else { return now }
    return old + second
  }

  private static func floored(_ time: Int64, to step: Int64) -> Int64 {
    let (quotient, rest) = time.quotientAndRemainder(dividingBy: step)
    return rest < 0 ? quotient - 1 : quotient
  }

  /// The bytes that it takes.
  package var size: Int {
    switch kind {
    case .file(_, _, let size): size
    case .symlink(let target): target.count
    }
  }
}
