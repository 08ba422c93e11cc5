/// A finite number with its unit, and what the scorer said beside it.
public struct Score: Sendable, Hashable {
  /// The number, in `unit`.
  public var value: Double
  /// The unit that the harness declared, such as `s` or `bytes`; empty for a plain number.
  public var unit: String
  /// Further finite numbers by name. They are recorded and decide nothing.
  public var metrics: [String: Double]
  /// The scorer's own words; empty when it gave none.
  public var explanation: String

  public init(value: Double, unit: String = "", metrics: [String: Double] = [:], explanation: String = "") {
    self.value = value
    self.unit = unit
    self.metrics = metrics
    self.explanation = explanation
  }

  /// The metrics in the order in which they are always shown and encoded: by name.
  public var sortedMetrics: [(name: String, value: Double)] {
    metrics.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
  }
}

extension Score: Codable {
  private enum Field: String, CodingKey {
    case value, unit, metrics, explanation
  }

  private struct MetricName: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(_ name: String) { stringValue = name }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  /// Decodes a score; an infinity or a NaN, where the format can carry one, is an error.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Field.self)
    value = try fields.decode(Double.self, forKey: .value)
    unit = try fields.decodeIfPresent(String.self, forKey: .unit) ?? ""
    metrics = try fields.decodeIfPresent([String: Double].self, forKey: .metrics) ?? [:]
    explanation = try fields.decodeIfPresent(String.self, forKey: .explanation) ?? ""
    guard value.isFinite, metrics.values.allSatisfy(\.isFinite) else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "A score holds finite numbers only."))
    }
  }

  /// Encodes the metrics in the order of their names, so that equal scores become equal bytes.
  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: Field.self)
    try fields.encode(value, forKey: .value)
    try fields.encode(unit, forKey: .unit)
    var named = fields.nestedContainer(keyedBy: MetricName.self, forKey: .metrics)
    for metric in sortedMetrics {
      try named.encode(metric.value, forKey: MetricName(metric.name))
    }
    try fields.encode(explanation, forKey: .explanation)
  }
}
