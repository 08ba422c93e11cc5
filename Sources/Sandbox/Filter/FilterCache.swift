internal import Digests
internal import Glibc
internal import Policies
internal import PolicyCompiler
internal import Synchronization

/// Compiled filters: those of built-in policies as they were made when this program was built, others kept in memory for the
/// process's life and in a folder of mode 0700 below the user's cache.
///
/// A file is named by the digest of what it was made from and holds the digest of its contents; one that is not ours, is
/// open to others, or doesn't match is made anew, never used.
enum FilterCache {
  private static let kept = Mutex<[String: [UInt64]]>([:])

  static func filter(groups: [String]) throws -> [UInt64] {
    if let filter = compiledFilter(groups) { return filter }
    var hasher = Hasher256()
    hasher.update("belljar filter 3\n")
    hasher.update(groups.sorted().joined(separator: " "))
    addRules(to: &hasher)
    hasher.update(BuiltInPolicies.groups)
    let key = hasher.finish().description
    if let known = kept.withLock({ $0[key] }) { return known }
    let folder = cacheFolder()
    let filter: [UInt64]
    if let folder, let stored = load("\(folder)/\(key).bpf") {
      filter = stored
    } else {
      do { filter = try SystemCallFilter.compile(groups: groups) } catch let error as FilterError {
        throw SandboxError("compile filter of", groups.joined(separator: ", "), "\(error)\(Advice.nested)")
      }
      if let folder { store(filter, "\(folder)/\(key).bpf") }
    }
    kept.withLock { $0[key] = filter }
    return filter
  }

  /// Part of the key: other rules in this program make another filter. Raw numbers, as this is on every start's path.
  private static func addRules(to hasher: inout Hasher256) {
    for (name, conditions) in SystemCallRules.conditions.sorted(by: { $0.key < $1.key }) {
      hasher.update(name)
      for condition in conditions {
        ([UInt64(condition.argument), condition.mask] + condition.values).withUnsafeBytes { hasher.update($0) }
      }
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

  private static func load(_ path: String) -> [UInt64]? {
    let fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard fd >= 0 else { return nil }
    defer { close(fd) }
    var about = stat()
    guard fstat(fd, &about) == 0, about.st_uid == geteuid(), about.st_mode & 0o7777 == 0o600,
      about.st_size > 32, about.st_size < 65536, about.st_size % 8 == 0
    else { return nil }
    var words = [UInt64](repeating: 0, count: Int(about.st_size) / 8)
    guard read(fd, &words, Int(about.st_size)) == Int(about.st_size) else { return nil }
    let filter = Array(words[4...])
    return digest(of: filter) == Array(words[..<4]) ? filter : nil
  }

  /// Keeping a filter is a convenience: where it fails, the next start compiles again (1 ms).
  private static func store(_ filter: [UInt64], _ path: String) {
    let folder = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
    var made = ""
    for part in folder.split(separator: "/") {
      made += "/\(part)"
      mkdir(made, 0o700)
    }
    let temporary = "\(path).\(getpid())"
    let fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard fd >= 0 else { return }
    let words = digest(of: filter) + filter
    let written = write(fd, words, words.count * 8)
    close(fd)
    if written != words.count * 8 || rename(temporary, path) != 0 { unlink(temporary) }
  }

  private static func digest(of filter: [UInt64]) -> [UInt64] {
    var hasher = Hasher256()
    filter.withUnsafeBytes { hasher.update($0) }
    return hasher.finish().bytes.withUnsafeBytes { Array($0.bindMemory(to: UInt64.self)) }
  }
}
