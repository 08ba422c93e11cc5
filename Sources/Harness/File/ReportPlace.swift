internal import Scoring
internal import StrictYAML

/// Where a test run leaves its report.
package struct ReportPlace: Sendable, Hashable {
  /// The folder that the path starts from.
  package enum Folder: String, Sendable {
    case out = "$BELLJAR_OUT"
    case tree = "$BELLJAR_TREE"
  }

  package var folder: Folder
  /// A path below the folder, or a pattern: `*` and `?` stay within a name, `**` crosses folders.
  package var path: String

  package init(_ folder: Folder, _ path: String) {
    self.folder = folder
    self.path = path
  }

  package var isPattern: Bool { path.contains { "*?[".contains($0) } }
  package var text: String { "\(folder.rawValue)/\(path)" }

  /// Where a format's report is expected if the harness does not say; nil: on stdout.
  static func standard(_ format: TestReportFormat) -> ReportPlace? {
    switch format {
    case .junit: ReportPlace(.out, "junit.xml")
    case .swiftTesting: ReportPlace(.out, "events.jsonl")
    // CTest names the folder after the time. Only what the run itself wrote is looked at, so there is one.
    case .ctest: ReportPlace(.tree, "**/Testing/*/Test.xml")
    case .tap, .goTest, .cargoTest, .libtest: nil
    }
  }
}

extension ReportPlace {
  /// Where a benchmark's report is expected if the harness does not say; nil: on stdout.
  static func standard(_ format: BenchmarkReportFormat) -> ReportPlace? {
    switch format {
    case .criterion: ReportPlace(.tree, "**/criterion/**/new/estimates.json")
    case .hyperfine: ReportPlace(.out, "hyperfine.json")
    case .packageBenchmark: ReportPlace(.out, "benchmark.json")
    case .googleBenchmark, .go: nil
    }
  }

  /// Reads `report_file`: below `$BELLJAR_OUT`, unless it begins with `$BELLJAR_TREE/`.
  init(reading value: YAMLValue) throws(YAMLError) {
    var path = try value.string()
    var folder = Folder.out
    for (prefix, named) in [
      ("$BELLJAR_OUT/", Folder.out), ("${BELLJAR_OUT}/", .out), ("$BELLJAR_TREE/", .tree), ("${BELLJAR_TREE}/", .tree),
    ] where path.hasPrefix(prefix) {
      folder = named
      path = String(path.dropFirst(prefix.count))
      break
    }
    guard !path.isEmpty, !path.hasPrefix("/"), !path.hasPrefix("~"), !path.hasPrefix("$"),
      !path.split(separator: "/").contains(where: { $0 == ".." || $0 == "." })
    else {
      throw value.expected("a path or pattern below $BELLJAR_OUT, or one that begins with $BELLJAR_TREE/, without '..'")
    }
    self.init(folder, path)
  }
}

extension YAMLValue {
  /// A report's format. Someone who names a tool is told what that tool writes.
  func reportFormat() throws(YAMLError) -> TestReportFormat {
    if kind == .scalar, let name = try? string(), TestReportFormat(rawValue: name) == nil,
      let format = TestReportFormat.format(ofTool: name)
    {
      let known = TestReportFormat.allCases.map(\.rawValue).joined(separator: ", ")
      throw error("expected one of \(known); '\(name)' writes '\(format.rawValue)': use 'report: \(format.rawValue)'")
    }
    return try choice(TestReportFormat.self)
  }
}
