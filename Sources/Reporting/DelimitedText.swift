internal import Digests
package import Ledger

/// Iterations as lines of a table: CSV (RFC 4180), and the results.tsv of autoresearch.
package enum DelimitedText {
  package static let csvHeader =
    "iteration,parent,verdict,reason,edit,note,objective,ratio,ratio_low,ratio_high,seconds,spent,gain,champion_moved,"
    + "started,candidate,hash,cost_usd,input_tokens,cached_tokens,output_tokens\r\n"

  /// One line with its line end.
  package static func csv(_ row: IterationRecord) -> String {
    let result = row.result
    let cells: [String] = [
      "\(row.number)", row.parent.map { "\($0)" } ?? "", result?.verdict.rawValue ?? row.state.rawValue,
      quoted(result?.reason), quoted(result?.edit), quoted(result?.note), number(result?.objective),
      number(result?.ratio), number(result?.ratioLow), number(result?.ratioHigh), number(result?.seconds),
      number(result?.standing.spent), number(result?.standing.gain), row.championMoved ? "1" : "0",
      Moments.text(row.started), result?.candidate?.description ?? "", row.hash?.description ?? "",
      number(row.spending?.cost), count(row.spending?.inputTokens), count(row.spending?.cachedTokens),
      count(row.spending?.outputTokens),
    ]
    return cells.joined(separator: ",") + "\r\n"
  }

  package static let tsvHeader = "commit\tval_bpb\tmemory_gb\tstatus\tdescription"

  /// One line; nil for an iteration without a verdict.
  package static func tsv(_ detail: IterationDetail) -> String? {
    guard let result = detail.iteration.result else { return nil }
    let crashed = result.verdict == .invalid
    let peak = detail.runs.filter { $0.side == .candidate }.compactMap(\.peakMemory).max() ?? 0
    let status = crashed ? "crash" : result.verdict == .kept ? "keep" : "discard"
    let said = result.note.flatMap { $0.isEmpty ? nil : $0 } ?? result.reason
    let line = said.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
    return [
      String((result.candidate ?? result.tree ?? Digest(of: [])).description.prefix(7)),
      Figures.fixed(crashed ? 0 : result.objective ?? 0, 6),
      Figures.fixed(crashed ? 0 : Double(peak) / 1_073_741_824, 1),
      status, Figures.line(line.replacing("\t", with: " "), most: 200),
    ].joined(separator: "\t")
  }

  private static func number(_ value: Double?) -> String { value.map { "\($0)" } ?? "" }
  private static func count(_ value: Int?) -> String { value.map { "\($0)" } ?? "" }

  /// Text from agents and candidates: always quoted; a spreadsheet must not take it for a formula.
  private static func quoted(_ text: String?) -> String {
    guard let text, let first = text.unicodeScalars.first else { return "" }
    let isFormula = ["=", "+", "-", "@", "\t", "\r"].contains(first)
    return "\"" + (isFormula ? "'" : "") + text.replacing("\"", with: "\"\"") + "\""
  }
}
