internal import Digests
internal import Synchronization

/// One folder of a tree with all that is below it. Trees share the folders that they have in common, so that a change costs
/// as much as the folders on the way to it, and two trees are compared where they differ only.
final class TreeFolder: Sendable {
  enum Child: Sendable {
    case entry(Entry)
    case folder(TreeFolder)
  }

  struct Member: Sendable {
    let name: [UInt8]
    let child: Child

    var key: Key {
      if case .folder = child { Key(name[...], isFolder: true) } else { Key(name[...], isFolder: false) }
    }
  }

  /// A member's place: folders sort as if their names ended in `/`, so that a walk gives whole paths in the order of their bytes.
  struct Key: Comparable {
    let name: ArraySlice<UInt8>
    let isFolder: Bool

    init(_ name: ArraySlice<UInt8>, isFolder: Bool) {
      self.name = name
      self.isFolder = isFolder
    }

    static func < (left: Key, right: Key) -> Bool {
      for (ours, theirs) in zip(left.name, right.name) where ours != theirs { return ours < theirs }
      // No name holds a slash, so what follows tells them apart where their lengths differ.
      let common = min(left.name.count, right.name.count)
      return left.byte(common) < right.byte(common)
    }

    private func byte(_ offset: Int) -> Int {
      if offset < name.count { return Int(name[name.startIndex + offset]) }
      return isFolder ? Int(UInt8(ascii: "/")) : -1
    }
  }

  static let empty = TreeFolder([])

  /// In the order of their keys, each once; no folder among them is empty.
  let members: [Member]
  private let known: Mutex<Digest?>

  init(_ members: [Member], digest: Digest? = nil) {
    self.members = members
    known = Mutex(digest)
  }

  /// The digest of the stored form, made once.
  var digest: Digest {
    if let digest = known.withLock({ $0 }) { return digest }
    let digest = Digest(of: stored)
    known.withLock { $0 = digest }
    return digest
  }

  /// Tells the digest, where the stored form was hashed for something else.
  func note(_ digest: Digest) { known.withLock { $0 = digest } }

  func isSame(as other: TreeFolder) -> Bool { self === other || digest == other.digest }

  func child(_ name: ArraySlice<UInt8>, isFolder: Bool) -> Child? {
    let key = Key(name, isFolder: isFolder)
    var low = 0
    var high = members.count
    while low < high {
      let middle = (low + high) / 2
      if members[middle].key < key { low = middle + 1 } else { high = middle }
    }
    return low < members.count && members[low].key == key ? members[low].child : nil
  }

  /// The folder at a path below this one.
  func folder(_ parts: some Sequence<ArraySlice<UInt8>>) -> TreeFolder? {
    var here = self
    for part in parts {
      guard case .folder(let next)? = here.child(part, isFolder: true) else { return nil }
      here = next
    }
    return here
  }

  /// Calls with every file and link, in order. `prefix` is this folder's path with its slash.
  func walk(_ prefix: [UInt8], _ body: (Tree.Item) -> Void) {
    for member in members {
      switch member.child {
      case .entry(let entry): body(Tree.Item(TreePath(unchecked: prefix + member.name), entry))
      case .folder(let folder): folder.walk(prefix + member.name + [UInt8(ascii: "/")], body)
      }
    }
  }
}
