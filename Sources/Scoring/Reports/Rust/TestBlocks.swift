/// Names that are unique across the blocks of a run of libtest, one a test binary.
///
/// Two binaries may have a test of one name. Within a block a name that comes twice stays one test; in a later block it is
/// another one, and gets a number. Cargo's order of binaries is fixed, so the numbers are too.
struct TestBlocks {
  private var block = 0
  private var prefix = ""
  /// Of each name the block that it was last in, and how many blocks had it.
  private var seen: [String: (block: Int, count: Int)] = [:]
  private var bytes = 0

  mutating func begin(_ binary: String) {
    block += 1
    prefix = binary.isEmpty ? "" : binary + "::"
  }

  mutating func name(_ plain: String, _ limits: TestReportLimits, _ line: Int) throws(TestReportError) -> String {
    let full = (prefix + plain).boundedName
    var entry = seen[full] ?? (block: 0, count: 0)
    if entry.count == 0 { bytes += full.utf8.count }
    guard bytes <= limits.names, seen.count <= limits.cases else {
      throw TestReportError(.size, line: line, "more tests than can be kept")
    }
    if entry.block != block { entry = (block, entry.count + 1) }
    seen[full] = entry
    return Self.numbered(full, entry.count)
  }

  /// The full name of a test that `name` was asked for in this block.
  func known(_ plain: String) -> String {
    let full = (prefix + plain).boundedName
    return Self.numbered(full, seen[full]?.count ?? 1)
  }

  private static func numbered(_ name: String, _ count: Int) -> String { count > 1 ? "\(name) (\(count))" : name }
}
