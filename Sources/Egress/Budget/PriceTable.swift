internal import StrictYAML

/// What models cost: patterns of names, the first that fits counts.
package struct PriceTable: Sendable {
  /// What one model costs for each token.
  package struct Price: Sendable, Hashable {
    var rates: Rates
    /// Of a request with more input than this.
    var long: (above: Int, rates: Rates)?
    /// The most that the model writes in one answer, where it is known.
    package var maximumOutput: Int?

    package static func == (left: Price, right: Price) -> Bool {
      left.rates == right.rates && left.long?.above == right.long?.above && left.long?.rates == right.long?.rates
        && left.maximumOutput == right.maximumOutput
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(rates) }

    /// What an answer cost.
    package func cost(of usage: TokenUsage) -> USD {
      let rates = rates(forInput: usage.allInput)
      return rates.input * usage.input + rates.cacheRead * usage.cacheRead + rates.cacheWrite * usage.cacheWrite
        + rates.cacheWriteLong * usage.cacheWriteLong + rates.output * usage.output
    }

    /// What input of so many tokens costs at worst: all of it read anew, or written to a cache where the request may do that.
    package func worstInput(_ tokens: Int, caching: Bool) -> USD {
      // A request that is near the threshold may lie on either side of it.
      let all = [rates] + (long.map { tokens > $0.above ? [$0.rates] : [] } ?? [])
      let dearest = all.map { caching ? max($0.input, $0.cacheWrite, $0.cacheWriteLong) : $0.input }.max() ?? .zero
      return dearest * tokens
    }

    /// What one token of output costs at worst.
    package func worstOutput(forInput tokens: Int) -> USD { max(rates.output, rates(forInput: tokens).output) }

    private func rates(forInput tokens: Int) -> Rates {
      if let long, tokens > long.above { long.rates } else { rates }
    }
  }

  /// For one token each.
  package struct Rates: Sendable, Hashable {
    var input: USD
    var output: USD
    var cacheRead: USD
    var cacheWrite: USD
    var cacheWriteLong: USD
  }

  /// When the table was last compared with the providers' price lists, such as "2026-11-21".
  package let date: String
  private let lines: [(pattern: [Substring], price: Price)]

  /// The price of a model; nil where the table has none.
  package func price(of model: String) -> Price? { lines.first { Self.fits(model, $0.pattern) }?.price }

  /// A table of the user's before another one: what it has stands.
  package func before(_ other: PriceTable) -> PriceTable { PriceTable(date: date, lines: lines + other.lines) }

  /// The table that comes with Belljar.
  package static func builtIn() throws -> PriceTable {
    try PriceTable(String(decoding: PackageResources.prices_yaml, as: UTF8.self), file: "prices.yaml")
  }

  private init(date: String, lines: [(pattern: [Substring], price: Price)]) {
    self.date = date
    self.lines = lines
  }

  /// Reads a table: `date`, and `models` as a list of `{names, input, output, cache-read, cache-write, cache-write-long,
  /// maximum-output, long: {above, input, output, ...}}`, in USD per million tokens. What reading from and writing to a cache
  /// cost is what input costs, unless it is said.
  ///
  /// - Throws: `YAMLError` with line, column, and what was expected.
  package init(_ text: String, file: String) throws {
    let root = try YAMLValue(parsing: text, file: file).mapping()
    try root.only(["date", "models"])
    date = try root.require("date").string()
    var lines: [(pattern: [Substring], price: Price)] = []
    for entry in try root.require("models").list() {
      let fields = try entry.mapping()
      try fields.only(Self.rateNames + ["names", "maximum-output", "long"])
      var price = Price(rates: try Self.rates(fields))
      price.maximumOutput = try fields["maximum-output"]?.integer(in: 1...100_000_000)
      if let long = try fields["long"]?.mapping() {
        try long.only(Self.rateNames + ["above"])
        price.long = (try long.require("above").integer(in: 1...1_000_000_000), try Self.rates(long))
      }
      for name in try fields.require("names").strings() {
        lines.append((name.split(separator: "*", omittingEmptySubsequences: false), price))
      }
    }
    self.lines = lines
  }

  private static let rateNames = ["input", "output", "cache-read", "cache-write", "cache-write-long"]

  private static func rates(_ fields: YAMLMapping) throws(YAMLError) -> Rates {
    func rate(_ name: String) throws(YAMLError) -> USD? {
      guard let value = fields[name] else { return nil }
      let dollars = try value.number()
      guard (0...100_000).contains(dollars) else { throw value.expected("USD per million tokens, from 0 to 100000") }
      return USD(dollars / 1e6)
    }
    _ = try fields.require("input")
    _ = try fields.require("output")
    let input = try rate("input") ?? .zero
    let write = try rate("cache-write") ?? input
    return Rates(
      input: input, output: try rate("output") ?? .zero, cacheRead: try rate("cache-read") ?? input, cacheWrite: write,
      cacheWriteLong: try rate("cache-write-long") ?? write)
  }

  /// `*` stands for any characters.
  private static func fits(_ model: String, _ pattern: [Substring]) -> Bool {
    guard let first = pattern.first, let last = pattern.last else { return false }
    if pattern.count == 1 { return model == first }
    guard model.hasPrefix(first), model.utf8.count >= first.utf8.count + last.utf8.count, model.hasSuffix(last) else {
      return false
    }
    var rest = model.dropFirst(first.count).dropLast(last.count)
    for middle in pattern.dropFirst().dropLast() where !middle.isEmpty {
      guard let found = rest.firstRange(of: middle) else { return false }
      rest = rest[found.upperBound...]
    }
    return true
  }
}
