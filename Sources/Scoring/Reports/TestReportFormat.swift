/// The formats of test reports, by their name in the harness file. The only place that chooses a reader.
public enum TestReportFormat: String, Sendable, Codable, Hashable, CaseIterable {
  /// JUnit XML, as pytest, Surefire, Gradle, nextest, `ctest --output-junit`, `swift test --xunit-output` and others write it.
  case junit
  /// The Test Anything Protocol, versions 12 to 14.
  case tap
  /// The lines of `go test -json`.
  case goTest = "go-test-json"
  /// What `cargo test` prints.
  case cargoTest = "cargo-test"
  /// The JSON lines of libtest and of `cargo nextest run --message-format libtest-json`.
  case libtest = "libtest-json"
  /// The JSON lines of `swift test --event-stream-output-path`.
  case swiftTesting = "swift-testing-events"
  /// CTest's own `Testing/TAG/Test.xml`.
  case ctest = "ctest-xml"

  func makeReader(_ collector: TestCaseCollector) -> any TestReportReader {
    switch self {
    case .junit: XMLReader<JUnitDocument>(collector: collector)
    case .tap: TAPReader(collector: collector)
    case .goTest: GoTestReader(collector: collector)
    case .cargoTest: CargoTestReader(collector: collector)
    case .libtest: LibtestReader(collector: collector)
    case .swiftTesting: SwiftTestingReader(collector: collector)
    case .ctest: XMLReader<CTestDocument>(collector: collector)
    }
  }

  /// The format that a tool writes, for a message to someone who named the tool instead.
  public static func format(ofTool name: String) -> TestReportFormat? {
    switch name.lowercased() {
    case "pytest", "surefire", "maven", "gradle", "xunit", "nextest", "cargo-nextest", "googletest", "gtest", "jest",
      "xctest":
      .junit
    case "prove", "bats", "node": .tap
    case "go", "go-test", "gotest": .goTest
    case "cargo", "rust", "libtest", "cargo-text": .cargoTest
    case "nextest-json", "libtest-json-plus", "cargo-json": .libtest
    case "swift", "swift-test", "swift-testing", "event-stream": .swiftTesting
    case "ctest", "cmake": .ctest
    default: nil
    }
  }
}
