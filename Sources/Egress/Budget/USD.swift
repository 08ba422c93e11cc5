/// An amount of money, in millionths of a millionth of a dollar: a price in USD per million tokens is exact in it, and 9 million
/// dollars fit. Sums that don't fit stay at the largest amount, so that nothing ever counts as less than it is.
package struct USD: Sendable, Hashable, Comparable, CustomStringConvertible {
  package let picodollars: Int64

  package static let zero = USD(picodollars: 0)

  package init(picodollars: Int64) { self.picodollars = picodollars }

  /// - Parameter dollars: Rounded up to a picodollar; not negative.
  package init(_ dollars: Double) {
    let scaled = (dollars * 1e12).rounded(.up)
    picodollars = scaled >= 9.2e18 ? .max : Int64(max(0, scaled))
  }

  package var dollars: Double { Double(picodollars) / 1e12 }

  package static func + (left: USD, right: USD) -> USD {
    let (sum, over) = left.picodollars.addingReportingOverflow(right.picodollars)
    return USD(picodollars: over ? .max : sum)
  }

  /// What is left; never below nothing.
  package static func - (left: USD, right: USD) -> USD {
    USD(picodollars: left.picodollars > right.picodollars ? left.picodollars - right.picodollars : 0)
  }

  package static func * (left: USD, count: Int) -> USD {
    let (product, over) = left.picodollars.multipliedReportingOverflow(by: Int64(count))
    return USD(picodollars: over ? .max : product)
  }

  package static func < (left: USD, right: USD) -> Bool { left.picodollars < right.picodollars }

  /// Such as "0.0834 USD", rounded up to a hundredth of a cent.
  package var description: String {
    let parts = (picodollars / 100_000_000) + (picodollars % 100_000_000 == 0 ? 0 : 1)
    let fraction = String(parts % 10_000)
    return "\(parts / 10_000)." + String(repeating: "0", count: 4 - fraction.count) + fraction + " USD"
  }
}

/// The tokens of one answer, or of many, by what they cost. The kinds don't overlap.
package struct TokenUsage: Sendable, Hashable {
  /// Read anew.
  package var input = 0
  /// Read from the provider's cache.
  package var cacheRead = 0
  /// Written to the provider's cache, for minutes and for an hour.
  package var cacheWrite = 0
  package var cacheWriteLong = 0
  /// Written, thinking included.
  package var output = 0

  package init(input: Int = 0, cacheRead: Int = 0, cacheWrite: Int = 0, cacheWriteLong: Int = 0, output: Int = 0) {
    self.input = input
    self.cacheRead = cacheRead
    self.cacheWrite = cacheWrite
    self.cacheWriteLong = cacheWriteLong
    self.output = output
  }

  package var allInput: Int { input + cacheRead + cacheWrite + cacheWriteLong }

  package static func + (left: TokenUsage, right: TokenUsage) -> TokenUsage {
    TokenUsage(
      input: left.input + right.input, cacheRead: left.cacheRead + right.cacheRead,
      cacheWrite: left.cacheWrite + right.cacheWrite, cacheWriteLong: left.cacheWriteLong + right.cacheWriteLong,
      output: left.output + right.output)
  }
}
