internal import Glibc

extension Workbench {
  /// Whether two builds left the same outputs, to the byte. Times and owners aside.
  package func haveSameOutputs(_ one: Specimen, _ other: Specimen) throws -> Bool {
    guard let first = one.built, let second = other.built else { return one.built == other.built }
    let (left, right) = (try Self.outputs(first), try Self.outputs(second))
    guard left.map(\.path) == right.map(\.path) else { return false }
    return zip(left, right).allSatisfy { Self.areEqual($0, first, $1, second) }
  }

  private static func outputs(_ upper: String) throws -> [UpperNames.Entry] {
    try UpperNames.list(upper).sorted { $0.path.lexicographicallyPrecedes($1.path) }
  }

  private static func areEqual(
    _ one: UpperNames.Entry, _ first: String, _ other: UpperNames.Entry, _ second: String
  ) -> Bool {
    guard one.type == other.type, one.hidesBelow == other.hidesBelow else { return false }
    switch one.type {
    case S_IFDIR, S_IFCHR: return true
    case S_IFLNK: return UpperNames.linkTarget(first, one.path) == UpperNames.linkTarget(second, other.path)
    case S_IFREG: return haveEqualBytes(UpperNames.path(first, one.path), UpperNames.path(second, other.path))
    default: return false
    }
  }

  private static func haveEqualBytes(_ one: [CChar], _ other: [CChar]) -> Bool {
    let flags = O_RDONLY | O_NOFOLLOW | O_CLOEXEC
    let files = [open(one, flags), open(other, flags)]
    defer { for file in files where file >= 0 { close(file) } }
    var about = [stat(), stat()]
    guard files.allSatisfy({ $0 >= 0 }), fstat(files[0], &about[0]) == 0, fstat(files[1], &about[1]) == 0,
      about[0].st_size == about[1].st_size, about[0].st_mode & 0o111 == about[1].st_mode & 0o111
    else { return false }
    let size = Int(about[0].st_size)
    if size == 0 { return true }
    let maps = files.map { mmap(nil, size, PROT_READ, MAP_PRIVATE, $0, 0) }
    defer { for map in maps where map != MAP_FAILED { munmap(map, size) } }
    guard let first = maps[0], let second = maps[1], first != MAP_FAILED, second != MAP_FAILED else { return false }
    return memcmp(first, second, size) == 0
  }
}
