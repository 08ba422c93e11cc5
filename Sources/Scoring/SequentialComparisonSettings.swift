extension SequentialComparison {
  /// What a comparison may cost and how sure it must be.
  public struct Settings: Sendable, Hashable {
    /// The largest probability of a false answer.
    public let alpha: Double
    /// The change that counts, as a fraction: 0.01 is 1 %. A ratio of 1 + margin and one of 1/(1 + margin) bound "same".
    public let margin: Double
    public let direction: Direction
    /// Pairs after which the answer is `undecided`.
    public let maxPairs: Int
    /// Pairs before which there is no answer.
    public let minPairs: Int

    /// Values out of range are brought to the nearest that has a meaning: alpha within (0, 1), margin >= 0, pairs >= 1.
    public init(
      alpha: Double = 0.05, margin: Double = 0.01, direction: Direction = .minimize, maxPairs: Int = 100,
      minPairs: Int = 1
    ) {
      self.alpha = alpha > 0 ? min(alpha, 1 - Double.ulpOfOne) : Double.leastNormalMagnitude
      self.margin = margin > 0 && margin.isFinite ? margin : 0
      self.direction = direction
      self.maxPairs = max(1, maxPairs)
      self.minPairs = min(max(1, minPairs), self.maxPairs)
    }
  }
}

extension SequentialComparison.Settings: Codable {
  private enum Field: String, CodingKey {
    case alpha, margin, direction, maxPairs, minPairs
  }

  /// Decodes settings as `init(alpha:margin:direction:maxPairs:minPairs:)` makes them.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Field.self)
    self.init(
      alpha: try fields.decode(Double.self, forKey: .alpha), margin: try fields.decode(Double.self, forKey: .margin),
      direction: try fields.decode(Direction.self, forKey: .direction),
      maxPairs: try fields.decode(Int.self, forKey: .maxPairs),
      minPairs: try fields.decode(Int.self, forKey: .minPairs))
  }
}
