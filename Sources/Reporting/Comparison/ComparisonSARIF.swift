package import Comparison

/// What is wrong, as SARIF 2.1.0 (OASIS): for code scanning. A comparison that is fine has no results.
package enum ComparisonSARIF {
  package static func value(_ report: ComparisonReport) -> JSONValue {
    .object([
      ("$schema", .string("https://json.schemastore.org/sarif-2.1.0.json")), ("version", .string("2.1.0")),
      (
        "runs",
        .list([
          .object([
            (
              "tool",
              .object([
                (
                  "driver",
                  .object([
                    ("name", .string("belljar")),
                    (
                      "rules",
                      .list(
                        ["worse", "undecided", "new", "gate", "comparison"].map { .object([("id", .string($0))]) })
                    ),
                  ])
                )
              ])
            ), ("results", .list(results(report))),
          ])
        ])
      ),
    ])
  }

  private static func results(_ report: ComparisonReport) -> [JSONValue] {
    var found: [JSONValue] = []
    if let failure = report.failure {
      let level = report.isFirstRun && report.new != .fail ? "note" : "error"
      found.append(result("comparison", level, ComparisonWords.failure(failure, report), report))
    }
    for gate in report.gates where !gate.passed {
      found.append(result("gate", "error", "gate \(gate.name) fails: \(gate.explanation)", report))
    }
    for each in report.cases {
      let words = "\(each.name): \(ComparisonWords.figures(each))"
      switch each.answer {
      case .worse: found.append(result("worse", "error", words, report))
      case .undecided: found.append(result("undecided", "warning", words, report))
      case .new: found.append(result("new", "note", "\(each.name) is new", report))
      case .better, .same, .notMeasured: continue
      }
    }
    return found
  }

  /// Code scanning takes no result without a place: the harness file's first line.
  private static func result(_ rule: String, _ level: String, _ text: String, _ report: ComparisonReport) -> JSONValue {
    let place = JSONValue.object([
      (
        "physicalLocation",
        .object([
          ("artifactLocation", .object([("uri", .string(URIText.path(report.harnessPath ?? "belljar.yaml")))])),
          ("region", .object([("startLine", .int(1))])),
        ])
      )
    ])
    return .object([
      ("ruleId", .string(rule)), ("level", .string(level)),
      ("message", .object([("text", .string(Figures.block(String(text.prefix(4000)), indent: "")))])),
      ("locations", .list([place])),
    ])
  }
}

/// A relative path as a URI reference (RFC 3986).
enum URIText {
  static func path(_ path: String) -> String {
    path.utf8.map { byte in
      let scalar = Unicode.Scalar(byte)
      let isPlain =
        scalar.properties.isAlphabetic && byte < 128 || (48...57).contains(byte) || "-._~/".utf8.contains(byte)
      if isPlain { return String(Character(scalar)) }
      let hex = String(byte, radix: 16, uppercase: true)
      return "%" + (hex.count == 1 ? "0" : "") + hex
    }.joined()
  }
}
