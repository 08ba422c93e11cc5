package import Ledger

/// Agents' steps as a table, and what they took in a line.
package enum StepTable {
  /// One line a step, under a line of headings.
  package static func lines(_ steps: [AgentStepRecord]) -> [String] {
    let head = ["STEP", "KIND", "MODEL", "TIME", "TOKENS", "COST"]
    let rows = steps.map { step in
      [
        Figures.line(step.name, most: 30), Figures.line(step.kind, most: 20),
        step.model.map { Figures.line($0, most: 40) } ?? "-", Figures.time(step.seconds), tokens(step),
        step.picodollars.map(dollars) ?? "-",
      ]
    }
    let widths = head.indices.map { column in max(head[column].count, rows.map { $0[column].count }.max() ?? 0) }
    func line(_ cells: [String], _ last: String) -> String {
      head.indices.map { Figures.pad(cells[$0], widths[$0]) }.joined(separator: "  ") + "  " + last
    }
    return [line(head, "OUTCOME")] + zip(rows, steps).map { line($0, Figures.line($1.outcome, most: 80)) }
  }

  private static func tokens(_ step: AgentStepRecord) -> String {
    guard step.inputTokens != nil || step.outputTokens != nil else { return "-" }
    return tokens(input: step.inputTokens ?? 0, cached: step.cachedTokens ?? 0, output: step.outputTokens ?? 0)
  }

  /// Such as `1200 in (1000 cached), 90 out`.
  package static func tokens(input: Int, cached: Int, output: Int) -> String {
    "\(input) in\(cached > 0 ? " (\(cached) cached)" : ""), \(output) out"
  }

  /// What agents took, such as `0.1668 USD at least (1 of 3 steps unknown); 2400 in (2000 cached), 180 out; 6 requests`; nil where
  /// nothing of it is known.
  package static func spending(_ spending: AgentSpending) -> String? {
    var parts: [String] = []
    if let cost = spending.picodollars {
      let unknown = " at least (\(spending.unknownCosts) of \(spending.steps) steps unknown)"
      parts.append(dollars(cost) + (spending.unknownCosts > 0 ? unknown : ""))
    }
    if spending.inputTokens > 0 || spending.outputTokens > 0 {
      parts.append(
        tokens(input: spending.inputTokens, cached: spending.cachedTokens, output: spending.outputTokens))
    }
    if spending.requests > 0 { parts.append("\(spending.requests) request\(spending.requests == 1 ? "" : "s")") }
    return parts.isEmpty ? nil : parts.joined(separator: "; ")
  }

  /// Millionths of a millionth of a dollar as `0.0834 USD`, rounded up to a hundredth of a cent.
  package static func dollars(_ picodollars: Int64) -> String {
    let parts = picodollars / 100_000_000 + (picodollars % 100_000_000 > 0 ? 1 : 0)
    return Figures.fixed(Double(parts) / 10_000, 4) + " USD"
  }
}
