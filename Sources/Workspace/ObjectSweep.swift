package import Digests
internal import Glibc

extension Tree {
  /// Every object that the stored tree consists of: its folders and its files' contents.
  package var objects: Set<Digest> {
    var found: Set<Digest> = []
    root.collect(into: &found)
    return found
  }
}

extension TreeFolder {
  fileprivate func collect(into found: inout Set<Digest>) {
    guard found.insert(digest).inserted else { return }
    for member in members {
      switch member.child {
      case .folder(let folder): folder.collect(into: &found)
      case .entry(let entry): if let content = entry.content { found.insert(content) }
      }
    }
  }
}

extension Entry {
  /// The object that holds a file's bytes; nil for a link.
  fileprivate var content: Digest? { if case .file(let digest, _, _) = kind { digest } else { nil } }
}

extension Changes {
  /// The objects that hold what is written.
  package var contents: Set<Digest> {
    Set(byPath.values.compactMap { if case .write(let entry) = $0 { entry.content } else { nil } })
  }
}

/// What a sweep removed, or would remove.
package struct SweptObjects: Sendable, Hashable {
  package var objects = 0
  /// Files that a killed process of an older Belljar was writing; today they go at the next start.
  package var halfWritten = 0
  /// What the files take as long as nothing else links to them.
  package var bytes = 0

  package init() {}
}

extension ObjectStore {
  /// What all objects take on the disk.
  package var bytes: Int {
    get throws(WorkspaceError) {
      var sum = 0
      for prefix in try HostFolder.names("\(root)/objects") {
        let folder = try Descriptor.folder("\(root)/objects/\(prefix)")
        for name in try folder.names() { sum += Int(try folder.status(of: name).st_blocks) * 512 }
      }
      return sum
    }
  }

  /// Removes what is not to be kept.
  ///
  /// What was written or linked at or after `before` stays: another process may be about to name it.
  ///
  /// - Parameter before: Seconds since 1970.
  package func sweep(
    keeping kept: Set<Digest>, before: Int, dryRun: Bool = false
  ) throws(WorkspaceError) -> SweptObjects {
    var swept = SweptObjects()
    for prefix in try HostFolder.names("\(root)/objects") {
      let folder = try Descriptor.folder("\(root)/objects/\(prefix)")
      for name in try folder.names() {
        let text = String(decoding: name, as: UTF8.self)
        let digest = Digest(hex: prefix + text)
        let isHalfWritten = text.hasPrefix(".new-")
        guard isHalfWritten || digest.map({ !kept.contains($0) }) ?? false else { continue }
        let status = try folder.status(of: name)
        guard status.st_ctim.tv_sec < before else { continue }
        swept.bytes += Int(status.st_size)
        if isHalfWritten { swept.halfWritten += 1 } else { swept.objects += 1 }
        if dryRun { continue }
        try FileSystemCalls.retrying("remove", "\(root)/objects/\(prefix)/\(text)") {
          FileSystemCalls.withBytes(name) { unlinkat(folder.number, $0, 0) }
        }
      }
    }
    return swept
  }

  /// Reads an object and compares it with its name.
  ///
  /// - Returns: What is wrong with it; nil where nothing is.
  package func fault(of digest: Digest) -> String? {
    guard contains(digest) else { return "the content \(digest) is missing" }
    do throws(WorkspaceError) {
      _ = try read(digest)
      return nil
    } catch {
      return "the content \(digest) was changed: \(error)"
    }
  }
}
