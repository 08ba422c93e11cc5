/// Strikes secrets out of what is to be stored or shown: keys by their known shapes, and the values of named variables.
///
/// It takes time in proportion to the text, whatever the text is, and looks at bytes, so that nothing depends on how a key is
/// spelled in another encoding of characters. What it can't know: a secret that was taken apart, or encoded in other ways than
/// JSON's, URLs', hexadecimal digits and base64.
package struct SecretStriker: Sendable {
  /// Values of fewer bytes are not looked for: they would be found everywhere.
  package static let shortestValue = 8

  /// Variables whose values are too short to be struck out; whoever lists them should be told.
  package let tooShort: [String]
  private let values: ValueSearch

  /// - Parameter variables: Names and values; `[struck: $NAME]` stands for the value then.
  package init(variables: [(name: String, value: String)] = []) {
    tooShort = variables.filter { !$0.value.isEmpty && $0.value.utf8.count < Self.shortestValue }.map(\.name)
    values = ValueSearch(variables.map { ("$" + $0.name, $0.value) })
  }

  /// The text with `[struck: …]` for each secret.
  package func struck(_ text: String) -> String {
    let bytes = Array(text.utf8)
    let findings = Finding.merged(findings(in: bytes))
    if findings.isEmpty { return text }
    return String(decoding: Finding.strike(findings[...], out: bytes), as: UTF8.self)
  }

  /// Events with their texts, names and ids struck. A secret that several events of one kind share between them, as streams cut
  /// it, is found too, whatever stands among them; its mark stands in the first of them.
  package func struck(_ events: [TraceEvent]) -> [TraceEvent] {
    var struck = events.map { event in
      var event = event
      event.name = event.name.map { self.struck($0) }
      event.id = event.id.map { self.struck($0) }
      return event
    }
    for kind in TraceEvent.Kind.allCases {
      let places = events.indices.filter { events[$0].kind == kind && !events[$0].text.isEmpty }
      for (place, text) in zip(places, self.struck(together: places.map { Array(events[$0].text.utf8) })) {
        if let text { struck[place].text = text }
      }
    }
    return struck
  }

  /// Texts that follow each other; nil for each that stays as it is.
  private func struck(together texts: [[UInt8]]) -> [String?] {
    var findings: [Finding] = []
    var (all, start): ([UInt8], Int) = ([], 0)
    var cuts: [Int] = []
    for text in texts {
      let own = self.findings(in: text).map { $0.moved(by: start) }
      findings += own
      start += text.count
      if own.contains(where: { !$0.isValue && $0.end == start }) { cuts.append(start) }
    }
    // Beside each by itself: what begins with a text is a word of its own there, and not in the middle of all.
    if texts.count > 1 {
      for text in texts { all += text }
      findings += Self.shortened(self.findings(in: all), at: cuts, in: all)
    }
    var rest = Finding.merged(findings)[...]
    start = 0
    return texts.map { text in
      defer { start += text.count }
      rest = rest.drop { $0.end <= start }
      let own = rest.prefix { $0.start < start + text.count }
      if own.isEmpty { return nil }
      return String(decoding: Finding.strike(own, out: text, from: start), as: UTF8.self)
    }
  }

  /// A key that ends with a text may be whole, and what follows be the next line's first word: it is taken for the key's other
  /// half only where it looks like that.
  ///
  /// - Parameter cuts: Ends of texts that are ends of keys too, in order.
  private static func shortened(_ findings: [Finding], at cuts: [Int], in bytes: [UInt8]) -> [Finding] {
    var rest = cuts[...]
    return findings.sorted { $0.start < $1.start }.map { finding in
      rest = rest.drop { $0 <= finding.start }
      guard !finding.isValue, let cut = rest.first, cut < finding.end, !isHalfKey(bytes[cut..<finding.end]) else {
        return finding
      }
      var finding = finding
      finding.end = cut
      return finding
    }
  }

  /// Whether it has eight bytes, and digits or capitals within.
  private static func isHalfKey(_ bytes: ArraySlice<UInt8>) -> Bool {
    guard bytes.count >= shortestValue else { return false }
    return bytes.contains { ByteClass.digit.holds($0) } || bytes.dropFirst().contains { ByteClass.upper.holds($0) }
  }

  private func findings(in bytes: [UInt8]) -> [Finding] {
    var shapes = ShapeSearch(bytes)
    return shapes.run() + values.findings(in: bytes)
  }
}

/// Where a secret stands in some bytes.
struct Finding {
  var start: Int
  var end: Int
  var label: String
  /// Whether it is a known value; else it only looks like a key.
  var isValue = false

  func moved(by offset: Int) -> Finding {
    Finding(start: start + offset, end: end + offset, label: label, isValue: isValue)
  }

  /// In their order, and none over another.
  static func merged(_ findings: [Finding]) -> [Finding] {
    var merged: [Finding] = []
    for finding in findings.sorted(by: { ($0.start, -$0.end) < ($1.start, -$1.end) }) {
      guard let last = merged.last, finding.start < last.end else {
        merged.append(finding)
        continue
      }
      let isName = finding.isValue && !last.isValue
      merged[merged.count - 1].end = max(last.end, finding.end)
      if isName { merged[merged.count - 1].label = finding.label }
      merged[merged.count - 1].isValue = last.isValue || finding.isValue
    }
    return merged
  }

  /// - Parameters:
  ///   - findings: Merged; those that begin before the bytes have their mark there.
  ///   - from: Where the bytes begin, as the findings count.
  static func strike(_ findings: ArraySlice<Finding>, out bytes: [UInt8], from: Int = 0) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(bytes.count)
    var done = 0
    for finding in findings {
      let start = max(0, finding.start - from)
      if start > done { out += bytes[done..<start] }
      if finding.start >= from { out += "[struck: \(finding.label)]".utf8 }
      done = max(done, min(bytes.count, finding.end - from))
    }
    if done < bytes.count { out += bytes[done...] }
    return out
  }
}
