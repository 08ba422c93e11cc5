internal import Glibc

/// The places that a launch makes in the host's own folders, for what is shown below one that is writable: they are
/// removed when the sandbox has ended.
///
/// The folder was the program's to change meanwhile, so it is walked without following a link, and only what is still an
/// empty folder or file goes.
struct MountPoints {
  private struct Place {
    /// The host folder that is shown writable.
    let source: String
    let parts: [Substring]
    /// How many of the parts were there before.
    let existing: Int
  }
  private let places: [Place]

  /// Looks before the launch.
  init(_ jar: Jar) {
    let writable = jar.mounts.filter { if case .writable = $0.kind { true } else { false } }
    guard !writable.isEmpty else {
      places = []
      return
    }
    let paths = jar.mounts.map(\.destination) + jar.links.keys + [jar.directory]
    places = paths.compactMap { path in
      let above = jar.mounts.filter { path.hasPrefix($0.destination + "/") }.max {
        $0.destination.count < $1.destination.count
      }
      guard let above, case .writable = above.kind else { return nil }
      let parts = path.dropFirst(above.destination.count).split(separator: "/")
      var existing = 0
      var reached = above.source
      for part in parts {
        reached += "/\(part)"
        var about = stat()
        guard lstat(reached, &about) == 0 else { break }
        existing += 1
      }
      return existing < parts.count ? Place(source: above.source, parts: parts, existing: existing) : nil
    }
  }

  func remove() {
    for place in places { Self.remove(place) }
  }

  private static func remove(_ place: Place) {
    var folders = [open(place.source, O_DIRECTORY | O_CLOEXEC)]
    defer { for fd in folders where fd >= 0 { close(fd) } }
    for part in place.parts.dropLast() {
      guard let last = folders.last, last >= 0 else { return }
      folders.append(openat(last, String(part), O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC))
    }
    for index in (place.existing..<place.parts.count).reversed() {
      let (folder, name) = (folders[index], String(place.parts[index]))
      var about = stat()
      guard folder >= 0, fstatat(folder, name, &about, AT_SYMLINK_NOFOLLOW) == 0 else { return }
      switch about.st_mode & S_IFMT {
      case S_IFDIR: if unlinkat(folder, name, AT_REMOVEDIR) != 0 { return }
      case S_IFREG where about.st_size == 0: if unlinkat(folder, name, 0) != 0 { return }
      case S_IFLNK where index == place.parts.count - 1: if unlinkat(folder, name, 0) != 0 { return }
      default: return
      }
    }
  }
}
