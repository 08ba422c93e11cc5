package import Egress
internal import Glibc
internal import Sandbox
internal import StrictYAML

/// What the agents of one loop may spend and have spent, on the disk, with the prices it is counted by.
package struct AgentAccount: Sendable {
  package let account: SpendAccount
  package let prices: PriceTable
  /// The user's environment, for keys and for where the prices are.
  package let environment: [String: String]

  /// - Parameters:
  ///   - loop: The loop's number; its record of spending is one file in the state folder.
  ///   - limit: US dollars of the whole loop.
  package init(state: StateFolder, loop: Int64, limit: Double?, environment: [String: String]) throws {
    try Folders.make(state.spending, mode: 0o700)
    try self.init(journal: "\(state.spending)/loop-\(loop)", limit: limit, environment: environment)
  }

  /// - Parameter journal: The file that keeps what is spent.
  init(journal: String, limit: Double?, environment: [String: String]) throws {
    account = try SpendAccount(limits: SpendAccount.Limits(loop: limit.map { USD($0) }), journal: journal)
    self.environment = environment
    prices = try Self.prices(environment)
  }

  /// US dollars of the whole loop, what is set aside included.
  package var spent: Double { account.totals.spent.dollars }

  /// US dollars that one iteration has cost so far, attempts that were cut short included; nil where it asked for nothing.
  package func spent(on iteration: Int) -> Double? {
    let spent = account.spent { $0 == "\(iteration)" || $0.hasPrefix("\(iteration).") }
    return spent > .zero ? spent.dollars : nil
  }

  /// US dollars that checks of the champion have cost so far, those that were cut short included.
  package var spentOnChecks: Double { account.spent { $0.hasPrefix("check-") }.dollars }

  /// Where the user's own lines of the price table are.
  package static func pricesPath(_ environment: [String: String]) -> String? {
    if let folder = environment["XDG_CONFIG_HOME"], folder.hasPrefix("/") { return "\(folder)/belljar/prices.yaml" }
    return environment["HOME"].flatMap { $0.hasPrefix("/") ? "\($0)/.config/belljar/prices.yaml" : nil }
  }

  private static func prices(_ environment: [String: String]) throws -> PriceTable {
    let builtIn = try PriceTable.builtIn()
    guard let path = pricesPath(environment), access(path, F_OK) == 0 else { return builtIn }
    guard let text = readText(path) else {
      throw EvaluationFault.invalid("the price table \(path) can't be read; is it a file that you may read?")
    }
    return try PriceTable(text, file: path).before(builtIn)
  }
}
