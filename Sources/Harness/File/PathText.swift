/// Questions about paths that are answered from their text alone.
enum PathText {
  /// Whether a relative path leads above the folder that it starts from at any point.
  static func climbs(_ path: String) -> Bool {
    var depth = 0
    for part in path.split(separator: "/") where part != "." {
      depth += part == ".." ? -1 : 1
      if depth < 0 { return true }
    }
    return false
  }

  /// Two relative paths as one, with `.` and `..` resolved.
  static func join(_ folder: String?, _ path: String) -> String {
    var parts: [Substring] = []
    for part in ((folder ?? "") + "/" + path).split(separator: "/") where part != "." {
      if part == "..", !parts.isEmpty, parts.last != ".." { parts.removeLast() } else { parts.append(part) }
    }
    return parts.isEmpty ? "." : parts.joined(separator: "/")
  }

  /// Whether a pattern of the harness file covers a path: `*` and `?` stay within a name, `**` crosses folders, and a pattern
  /// that names a folder covers all of it. The last pattern that matches decides; one that starts with `!` takes out.
  static func covers(_ patterns: [String], _ path: String) -> Bool {
    var covered = false
    let parts = path.split(separator: "/").map { Array($0.unicodeScalars) }
    for pattern in patterns {
      let negative = pattern.hasPrefix("!")
      let wanted = pattern.drop { $0 == "!" }.split(separator: "/").filter { $0 != "." }.map {
        Array($0.unicodeScalars)
      }
      let whole = wanted.isEmpty && !pattern.isEmpty
      if whole || matches(wanted[...], parts[...]) { covered = !negative }
    }
    return covered
  }

  private static func matches(_ pattern: ArraySlice<[Unicode.Scalar]>, _ parts: ArraySlice<[Unicode.Scalar]>) -> Bool {
    guard let first = pattern.first else { return true }
    if first == ["*", "*"] {
      return pattern.count == 1 ? !parts.isEmpty : parts.indices.contains { matches(pattern.dropFirst(), parts[$0...]) }
    }
    guard let name = parts.first, matchesName(first[...], name[...]) else { return false }
    return matches(pattern.dropFirst(), parts.dropFirst())
  }

  /// Matches one name, remembering only the last star: linear in most cases and never exponential.
  private static func matchesName(_ pattern: ArraySlice<Unicode.Scalar>, _ name: ArraySlice<Unicode.Scalar>) -> Bool {
    var (p, n) = (pattern.startIndex, name.startIndex)
    var star: (pattern: Int, name: Int)?
    while n < name.endIndex {
      if p < pattern.endIndex, pattern[p] == "*" {
        star = (p, n)
        p += 1
      } else if p < pattern.endIndex, pattern[p] == "?" || pattern[p] == name[n] {
        (p, n) = (p + 1, n + 1)
      } else if let last = star {
        star = (last.pattern, last.name + 1)
        (p, n) = (last.pattern + 1, last.name + 1)
      } else {
        return false
      }
    }
    return pattern[p...].allSatisfy { $0 == "*" }
  }
}
