internal import Digests
internal import Glibc
internal import Policies
internal import Synchronization

/// Compiled filters, kept: in memory for the process's life, and in a folder of mode 0700 below the user's cache.
///
/// A file is named by the digest of what it was made from and holds the digest of its contents; one that is not ours, is
/// open to others, or doesn't match is made anew, never used.
enum FilterCache {
  private static let kept = Mutex<[String: [UInt8]]>([:])

  static func filter(groups: [String]) throws -> [UInt8] {
    var hasher = Hasher256()
    hasher.update("belljar filter 2\n")
    hasher.update(groups.sorted().joined(separator: " "))
    addRules(to: &hasher)
    hasher.update(BuiltInPolicies.groups)
    let key = hasher.finish().description
    if let known = kept.withLock({ $0[key] }) { return known }
    let folder = cacheFolder()
    let filter: [UInt8]
    if let folder, let stored = load("\(folder)/\(key).bpf") {
      filter = stored
    } else {
      filter = try SystemCallFilter.compile(groups: groups)
      if let folder { store(filter, "\(folder)/\(key).bpf") }
    }
    kept.withLock { $0[key] = filter }
    return filter
  }

  /// Part of the key: other rules in this program make another filter. Raw numbers, as this is on every start's path.
  private static func addRules(to hasher: inout Hasher256) {
    for (name, condition) in SystemCallRules.conditions.sorted(by: { $0.key < $1.key }) {
      hasher.update(name)
      ([UInt64(condition.argument), condition.mask] + condition.values).withUnsafeBytes { hasher.update($0) }
    }
    SystemCallRules.ioctls.withUnsafeBytes { hasher.update($0) }
  }

  private static func cacheFolder() -> String? {
    let base: String
    if let xdg = getenv("XDG_CACHE_HOME").map({ String(cString: $0) }), xdg.hasPrefix("/") {
      base = xdg
    } else if let home = getenv("HOME").map({ String(cString: $0) }), home.hasPrefix("/") {
      base = home + "/.cache"
    } else {
      return nil
    }
    return "\(base)/belljar/filters"
  }

  private static func load(_ path: String) -> [UInt8]? {
    let fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard fd >= 0 else { return nil }
    defer { close(fd) }
    var about = stat()
    guard fstat(fd, &about) == 0, about.st_uid == geteuid(), about.st_mode & 0o7777 == 0o600,
      about.st_size > 32, about.st_size < 65536
    else { return nil }
    var bytes = [UInt8](repeating: 0, count: Int(about.st_size))
    guard read(fd, &bytes, bytes.count) == bytes.count else { return nil }
    let filter = Array(bytes[32...])
    guard filter.count % 8 == 0, Digest(of: filter).bytes == Array(bytes[0..<32]) else { return nil }
    return filter
  }

  /// Keeping a filter is a convenience: where it fails, the next start compiles again (1 ms).
  private static func store(_ filter: [UInt8], _ path: String) {
    let folder = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
    var made = ""
    for part in folder.split(separator: "/") {
      made += "/\(part)"
      mkdir(made, 0o700)
    }
    let temporary = "\(path).\(getpid())"
    let fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard fd >= 0 else { return }
    let bytes = Digest(of: filter).bytes + filter
    let written = write(fd, bytes, bytes.count)
    close(fd)
    if written != bytes.count || rename(temporary, path) != 0 { unlink(temporary) }
  }
}
