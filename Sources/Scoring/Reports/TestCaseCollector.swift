/// Collects the cases of one report, which may lie in several files.
///
/// Of two cases with the same name the worse stays, so that a forged second pass changes nothing. Bounded: see
/// `TestReportLimits`.
final class TestCaseCollector {
  private struct Key: Hashable {
    let name: String
    let group: String
  }

  let limits: TestReportLimits
  private var cases: [TestCase] = []
  private var groups: [String] = []
  private var indices: [Key: Int] = [:]
  private var nameBytes = 0
  private var messageBytes = 0

  init(limits: TestReportLimits = TestReportLimits()) { self.limits = limits }

  /// - Parameter group: Tells apart two tests of one name, where the format has something for it, such as the suite.
  func add(_ found: TestCase, in group: String = "", line: Int) throws(TestReportError) {
    let key = Key(name: found.name.boundedName, group: group)
    if let index = indices[key] {
      guard found.outcome.badness > cases[index].outcome.badness else { return }
      messageBytes -= cases[index].message.utf8.count
      cases[index].outcome = found.outcome
      cases[index].message = kept(found.message)
      return
    }
    guard cases.count < limits.cases else {
      throw TestReportError(.size, line: line, "more than \(limits.cases) tests")
    }
    nameBytes += key.name.utf8.count
    guard nameBytes <= limits.names else {
      throw TestReportError(.size, line: line, "the names of the tests have more than \(limits.names) bytes together")
    }
    indices[key] = cases.count
    cases.append(TestCase(name: key.name, outcome: found.outcome, message: kept(found.message)))
    groups.append(group)
  }

  /// Gives a case its message where it has none yet, for formats that tell it later.
  func explain(_ name: String, _ message: String) {
    guard let index = indices[Key(name: name.boundedName, group: "")], cases[index].message.isEmpty else { return }
    cases[index].message = kept(message)
  }

  /// The cases. Of a name that stands in several groups each is called `group.name`, whatever their order was.
  func finished() -> [TestCase] {
    let several = Dictionary(grouping: cases.indices) { cases[$0].name }.values.filter { $0.count > 1 }.joined()
    guard !several.isEmpty else { return cases }
    var renamed = cases
    for index in several where !groups[index].isEmpty {
      renamed[index].name = "\(groups[index]).\(cases[index].name)".boundedName
    }
    var found: [String: Int] = [:]
    var unique: [TestCase] = []
    for each in renamed {
      if let index = found[each.name] {
        if each.outcome.badness > unique[index].outcome.badness { unique[index] = each }
      } else {
        found[each.name] = unique.count
        unique.append(each)
      }
    }
    return unique
  }

  private func kept(_ message: String) -> String {
    let cut = message.boundedMessage
    guard messageBytes + cut.utf8.count <= limits.messages else { return "" }
    messageBytes += cut.utf8.count
    return cut
  }
}

extension String {
  /// A message cut to what is kept of one.
  var boundedMessage: String {
    utf8.count <= TestReportLimits.message
      ? self : String(decoding: utf8.prefix(TestReportLimits.message), as: UTF8.self)
  }

  /// A name, or the beginning of a very long one with a hash of the whole, so that two long names stay two.
  var boundedName: String {
    guard utf8.count > TestReportLimits.name else { return self }
    // FNV-1a. Who finds two names of one hash gets one test out of them, with the worse outcome.
    let hash = utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    return String(decoding: utf8.prefix(TestReportLimits.name - 32), as: UTF8.self) + "..." + String(hash, radix: 16)
  }
}
