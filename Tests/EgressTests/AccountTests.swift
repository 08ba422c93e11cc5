import Egress
import Glibc
import Testing

@testable import EgressNIO

@Suite("The account of what is spent") struct AccountTests {
  private static let dollar = USD(1)

  private func reserve(
    _ account: SpendAccount, _ amount: Double, for share: SpendAccount.Share? = nil
  ) throws -> SpendAccount.Reservation {
    try account.reserve(for: share, least: USD(amount), model: "m") { _ in USD(amount) }
  }

  @Test("what is set aside counts, what is settled gives back, what is lost stays spent")
  func settling() throws {
    let folder = try Folder()
    let account = try SpendAccount(limits: .init(loop: USD(1)), journal: folder.path + "/spend")
    let first = try reserve(account, 0.6)
    #expect(throws: SpendAccount.Shortage.self) { try reserve(account, 0.6) }
    account.settle(first, cost: USD(0.1), usage: TokenUsage(input: 5, output: 7))
    let second = try reserve(account, 0.6)
    account.settle(second, cost: nil)
    account.settle(second, cost: .zero)
    #expect(account.totals.spent == USD(0.7))
    #expect(account.totals.underWay == .zero && account.totals.usage.output == 7)
  }

  @Test("used up for good and busy for now are told apart")
  func shortages() throws {
    let folder = try Folder()
    let account = try SpendAccount(limits: .init(loop: USD(1), iteration: USD(0.5)), journal: folder.path + "/spend")
    let open = try reserve(account, 0.4)
    do {
      _ = try reserve(account, 0.3)
      Issue.record("more was set aside than there is")
    } catch SpendAccount.Shortage.busy {}
    account.settle(open, cost: nil)
    do {
      _ = try reserve(account, 0.3)
      Issue.record("more was set aside than there is")
    } catch SpendAccount.Shortage.exhausted(let why) { #expect(why.contains("iteration, 0.5000 USD")) }
    _ = try reserve(account, 0.5, for: account.share("1"))
    do {
      _ = try reserve(account, 0.3, for: account.share("2"))
      Issue.record("more was set aside than there is")
    } catch SpendAccount.Shortage.busy {}
  }

  @Test("shares that are under way at once are counted apart, and hold the loop's limit together")
  func shares() async throws {
    let folder = try Folder()
    let account = try SpendAccount(limits: .init(loop: USD(1)), journal: folder.path + "/spend")
    await withTaskGroup(of: Void.self) { group in
      for name in 0..<4 {
        group.addTask {
          let share = account.share("\(name)")
          for _ in 0..<10 {
            do {
              let open = try account.reserve(for: share, least: USD(0.04), model: "m") { _ in USD(0.04) }
              account.settle(open, cost: USD(0.03))
            } catch { continue }
          }
        }
      }
    }
    let shares = (0..<4).map { account.totals(of: account.share("\($0)")).spent }
    #expect(shares.reduce(USD.zero) { $0 + $1 } == account.totals.spent)
    #expect(account.totals.spent <= USD(1) && account.totals.spent > USD(0.9), "\(account.totals.spent)")
    #expect(account.spent { $0 == "2" } == shares[2])
    #expect(account.totals.underWay == .zero)
  }

  @Test("an account that is opened again goes on with all that was spent, lost and set aside")
  func resumed() throws {
    let folder = try Folder()
    let path = folder.path + "/spend"
    for round in 1...3 {
      let account = try SpendAccount(limits: .init(loop: USD(3), iteration: USD(3)), journal: path, iteration: "i")
      #expect(account.totals.spent == USD(0.75 * Double(round - 1)))
      #expect(account.totals(of: account.usual).spent == account.totals.spent)
      account.settle(try reserve(account, 0.5), cost: USD(0.25))
      // Under way when the process ends.
      _ = try reserve(account, 0.5)
    }
  }

  @Test("a file cut at any byte opens, and never gives money back")
  func cut() throws {
    let folder = try Folder()
    do {
      let account = try SpendAccount(limits: .init(loop: USD(9)), journal: folder.path + "/spend")
      for amount in [0.5, 0.25, 0.75] { account.settle(try reserve(account, amount), cost: USD(amount / 2)) }
      _ = try reserve(account, 1)
    }
    let whole = try folder.read("spend")
    for count in 0...whole.count {
      let path = try folder.write("cut", Array(whole[..<count]))
      let account = try SpendAccount(limits: .init(loop: USD(9)), journal: path)
      let lines = whole[..<count].split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast()
      var open: [Substring: Int64] = [:]
      for line in lines.dropFirst() {
        let words = String(decoding: line, as: UTF8.self).split(separator: " ")
        open[Substring(String(words[1]))] = Int64(words[words[0] == "R" ? 3 : 2])
      }
      #expect(account.totals.spent.picodollars == open.values.reduce(0, +), "\(count) bytes")
      // And can be written on.
      account.settle(try reserve(account, 0.1), cost: .zero)
    }
  }

  @Test("a changed, missing or added line is found")
  func damaged() throws {
    let folder = try Folder()
    do {
      let account = try SpendAccount(limits: .init(loop: USD(9)), journal: folder.path + "/spend")
      for _ in 0..<3 { account.settle(try reserve(account, 0.5), cost: USD(0.5)) }
    }
    let lines = String(decoding: try folder.read("spend"), as: UTF8.self).split(separator: "\n").map(String.init)
    for index in 1..<(lines.count - 1) {
      var missing = lines
      missing.remove(at: index)
      var changed = lines
      changed[index] = changed[index].replacing("500000000000", with: "000000000000")
      for edited in [missing, changed, lines.dropLast() + [lines[index], lines.last ?? ""]] where edited != lines {
        let path = try folder.write("edited", edited.joined(separator: "\n") + "\n")
        #expect(throws: EgressError.self, "\(edited)") { try SpendAccount(limits: .init(loop: USD(9)), journal: path) }
      }
    }
    let other = try folder.write("other", "something else\n")
    #expect(throws: EgressError.self) { try SpendAccount(journal: other) }
    #expect(throws: EgressError.self) { try SpendAccount(limits: .init(loop: USD(1))) }
  }

  @Test("one process holds the file")
  func locked() throws {
    let folder = try Folder()
    let account = try SpendAccount(journal: folder.path + "/spend")
    let error = #expect(throws: EgressError.self) { try SpendAccount(journal: folder.path + "/spend") }
    #expect(error?.description.contains("another process") == true)
    withExtendedLifetime(account) {}
  }

  @Test("many threads together stay within the limit")
  func parallel() async throws {
    let folder = try Folder()
    let account = try SpendAccount(limits: .init(loop: USD(1)), journal: folder.path + "/spend")
    await withTaskGroup(of: Void.self) { group in
      for index in 0..<200 {
        group.addTask {
          guard let held = try? account.reserve(least: USD(0.01), model: "m", amount: { _ in USD(0.01) }) else {
            return
          }
          account.settle(held, cost: index.isMultiple(of: 3) ? nil : USD(0.008))
        }
      }
    }
    #expect(account.totals.spent <= USD(1))
    #expect(account.totals.spent > USD(0.9))
  }
}

@Suite("Prices") struct PriceTests {
  @Test("the built-in table reads, and knows models by their exact names and dates")
  func builtIn() throws {
    let table = try PriceTable.builtIn()
    let sonnet = try #require(table.price(of: "claude-sonnet-4-5-20250929"))
    #expect(sonnet.cost(of: TokenUsage(input: 1000, cacheRead: 1000, cacheWrite: 1000, output: 1000)) == USD(0.02205))
    #expect(table.price(of: "gpt-5")?.maximumOutput == 128_000)
    for unknown in ["gpt-5-pro", "claude-sonnet-9", "", "gemini-2.5-pro-x"] { #expect(table.price(of: unknown) == nil) }
  }

  @Test("a long request has the prices of long requests, at worst either")
  func long() throws {
    let price = try #require(try PriceTable.builtIn().price(of: "claude-sonnet-4-5"))
    #expect(price.cost(of: TokenUsage(input: 200_000, output: 0)) == USD(0.6))
    #expect(price.cost(of: TokenUsage(input: 200_001, output: 0)) == USD(6e-6) * 200_001)
    #expect(price.worstInput(200_001, caching: true) == USD(12e-6) * 200_001)
    #expect(price.worstOutput(forInput: 200_001) == USD(22.5e-6))
  }

  @Test("a user's table stands before the built-in one, and its faults are named with their line")
  func own() throws {
    let own = try PriceTable(
      "date: 2026-11-21\nmodels:\n  - {names: [\"qwen*\", gpt-5], input: 0, output: 0.5}\n", file: "prices.yaml")
    let table = own.before(try .builtIn())
    #expect(table.price(of: "gpt-5")?.cost(of: TokenUsage(input: 9, output: 2)) == USD(1e-6))
    #expect(table.price(of: "qwen3:8b") != nil && table.price(of: "o3") != nil)
    for (text, part) in [
      ("date: x\nmodels:\n  - {names: [a], input: 1}", "output"),
      ("date: x\nmodels:\n  - {names: [a], input: -1, output: 2}", "prices.yaml:3"),
      ("date: x\nmodels:\n  - {names: [a], inputs: 1, output: 2}", "input"),
    ] {
      let error = #expect(throws: (any Error).self) { try PriceTable(text, file: "prices.yaml") }
      #expect(error.map { "\($0)".contains(part) } == true, "\(String(describing: error))")
    }
  }

  @Test("amounts are exact, never overflow, and read well")
  func amounts() {
    #expect(USD(0.1) + USD(0.2) == USD(0.3))
    #expect(USD(picodollars: .max) + USD(1) == USD(picodollars: .max))
    #expect(USD(1e6) * Int.max == USD(picodollars: .max))
    #expect(USD(0.1) - USD(0.2) == .zero)
    #expect("\(USD(0.08341))" == "0.0835 USD" && "\(USD(12))" == "12.0000 USD")
  }
}
