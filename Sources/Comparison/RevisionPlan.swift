package import Harness
package import Workspace

/// What `belljar compare [BASE [HEAD]]` will compare: two revisions and the one harness for both.
package struct RevisionPlan: Sendable {
  /// Whose harness counts.
  package enum HarnessSource: String, Sendable, CaseIterable { case base, head }

  /// Nil at a first run.
  package var base: Revision?
  /// Nil for the work tree.
  package var head: Revision?
  package var baseSide: ComparedSide
  package var headSide: ComparedSide
  package var harness: HarnessFile
  package var differences: [String] = []
  /// Cases that only the new side's harness has, where the old side's counts.
  package var newCases: [String] = []
  /// What is wrong with the new side's harness, where the old side's counts.
  package var brokenHarness: String?
  /// Why there is nothing to compare with yet.
  package var firstRun: String?
}

/// What planning gives: a plan, or a report that says why there is none.
package enum RevisionPlanning: Sendable {
  case plan(RevisionPlan)
  case ended(ComparisonReport)
}

extension RevisionPlan {
  /// Finds the revisions and reads the harness.
  ///
  /// - Parameters:
  ///   - folder: the harness file's folder.
  ///   - file: the harness file's name in it.
  ///   - names: of BASE and HEAD, as far as the user gave them.
  /// - Throws: `YAMLError` where the harness that counts is wrong; `WorkspaceError`.
  package static func make(
    folder: String, file: String, base baseName: String?, head headName: String?, source: HarnessSource,
    environment: [String: String]
  ) throws -> RevisionPlanning {
    let reader = RevisionReader(folder: folder)
    var head: Revision?
    var report = ComparisonReport(
      name: "revisions", base: ComparedSide(label: "base", about: baseName ?? "-"),
      head: ComparedSide(label: "head", about: headName ?? "the work tree"))
    guard try GitCommand.isWorkTree(folder) else {
      report.failure = .noBase(
        "\(folder) is in no git work tree; belljar compare -- 'COMMAND A' 'COMMAND B' needs none")
      return .ended(report)
    }
    let standing = try reader.revision("HEAD")
    let choice = BaseChoice(reader, environment: environment)
    if let headName {
      guard case .revision(let found, _) = try choice.named(headName) else {
        report.failure = .noBase("there is no commit '\(headName)' here")
        return .ended(report)
      }
      head = found
      report.head.about = "\(found.name) (\(found.short))"
    } else if let standing {
      report.head.about = "the work tree on \(standing.short)"
    }
    let found =
      try baseName.map { try choice.named($0) }
      ?? choice.standard(head: head ?? standing, isWorkTree: head == nil)
    let headText = try head.map { try text(reader, file, in: $0) } ?? FileText.read("\(folder)/\(file)")
    switch found {
    case .missing(let why):
      report.failure = .noBase(why)
      return .ended(report)
    case .none(let why):
      return try firstRun(why, headText, folder: folder, file: file, head: head, report: report)
    case .revision(let base, let because):
      report.base.about = "\(base.name == base.commit ? base.short : "\(base.name) (\(base.short))")"
      if !because.isEmpty { report.base.about += ", \(because)" }
      let baseText = try text(reader, file, in: base)
      if baseText != nil, headText == nil, source == .head {
        report.failure = .head(
          "it has no \(file), but \(base.short) has one: leave out --harness-from head to use that")
        return .ended(report)
      }
      guard let baseText else {
        if let headText, source == .head {
          return .plan(try plan(headText, other: nil, base, head, report, folder: folder, file: file, source: .head))
        }
        return try firstRun(
          "\(base.short) has no \(file)", headText, folder: folder, file: file, head: head, report: report)
      }
      let (used, other) = source == .base ? (baseText, headText) : (headText ?? baseText, baseText)
      var made = try plan(used, other: other, base, head, report, folder: folder, file: file, source: source)
      // Let in, nothing would judge what comes after it. A commit from before the harness is only an older one to look at.
      if headText == nil, try !isBefore(base, head ?? standing, reader, file) {
        made.brokenHarness = "\(report.head.label) has no \(file)"
      }
      return .plan(made)
    }
  }

  /// Whether a side stands on a commit from before the harness.
  private static func isBefore(
    _ base: Revision, _ standing: Revision?, _ reader: RevisionReader, _ file: String
  ) throws -> Bool {
    guard let standing, try reader.mergeBase(standing, base)?.commit == standing.commit else { return false }
    return try reader.contents(file, in: standing) == nil
  }

  private static func text(_ reader: RevisionReader, _ file: String, in revision: Revision) throws -> String? {
    try reader.contents(file, in: revision).map { String(decoding: $0, as: UTF8.self) }
  }

  private static func firstRun(
    _ why: String, _ text: String?, folder: String, file: String, head: Revision?, report: ComparisonReport
  ) throws -> RevisionPlanning {
    guard let text else {
      var report = report
      report.failure = .noBase("\(why), and there is no \(folder)/\(file) either: write one first")
      return .ended(report)
    }
    return .plan(
      RevisionPlan(
        base: nil, head: head, baseSide: report.base, headSide: report.head,
        harness: try parse(text, folder: folder, file: file), firstRun: why))
  }

  private static func plan(
    _ used: String, other: String?, _ base: Revision, _ head: Revision?, _ report: ComparisonReport, folder: String,
    file: String, source: HarnessSource
  ) throws -> RevisionPlan {
    let harness = try parse(used, folder: folder, file: file)
    var plan = RevisionPlan(
      base: base, head: head, baseSide: report.base, headSide: report.head, harness: harness)
    guard used != other else { return plan }
    let side = source == .base ? report.base.label : report.head.label
    let hint = source == .base ? " (--harness-from head takes the other)" : ""
    guard let other else {
      plan.differences.append("\(file) is not on both sides: \(side)'s is used\(hint)")
      return plan
    }
    plan.differences.append("\(file) differs: \(side)'s is used\(hint)")
    do {
      let names = try parse(other, folder: folder, file: file).comparedCases
      let (old, new) = source == .base ? (harness.comparedCases, names) : (names, harness.comparedCases)
      // Base's harness can't measure them; head's can, where base's tree has what they need.
      if source == .base { plan.newCases = new.filter { !old.contains($0) } }
      let gone = old.filter { !new.contains($0) }
      if !gone.isEmpty { plan.differences.append("only base's \(file) has: \(gone.joined(separator: ", "))") }
    } catch {
      let why = "\(error)"
      // Let in, it would judge nothing any more.
      if source == .base { plan.brokenHarness = why }
      if source == .head { plan.differences.append("base's \(file) is wrong: \(why)") }
    }
    return plan
  }

  private static func parse(_ text: String, folder: String, file: String) throws -> HarnessFile {
    try HarnessFile.parse(text: text, file: "\(folder)/\(file)") { FileText.isFile("\(folder)/\($0)") }
  }
}

extension HarnessFile {
  /// The names of all cases that are compared.
  var comparedCases: [String] { scorers.filter(\.isCompared).flatMap(\.caseNames) }
}
