internal import Agents
internal import Digests
internal import Egress
internal import Sandbox

/// What one run of an agent has to speak to a model with: the gateway outside, and inside the worthless key for it.
struct AgentDesk {
  /// The worthless key: of this run only, and good for nothing but the gateway.
  let pass: String
  private(set) var gateway: EgressGateway?
  /// The gateway under the names by which programs look for an API.
  private(set) var environment: [String: String] = [:]
  private let account: SpendAccount?
  private let share: SpendAccount.Share?
  private let before: SpendAccount.Totals

  init(_ agent: HarnessAgent, spending: AgentAccount?, iteration: String) throws {
    var random = SystemRandomNumberGenerator()
    let bytes = (0..<16).map { _ in UInt8.random(in: .min ... .max, using: &random) }
    pass = "belljar-" + Digest(of: bytes).description.prefix(32)
    let account = agent.api == nil ? nil : spending?.account
    let share = account?.share(iteration, limit: agent.cost.map { USD($0) })
    before = share.flatMap { account?.totals(of: $0) } ?? SpendAccount.Totals()
    (self.account, self.share) = (account, share)
    guard let api = agent.api else { return }
    guard let spending else {
      throw EvaluationFault.invalid("\(agent.name) speaks to a model, which only a loop can pay for")
    }
    let access = try ModelAccess(agent, api, environment: spending.environment)
    gateway = EgressGateway(
      upstreams: [access.upstream], account: spending.account, share: share, prices: spending.prices, pass: pass)
    environment = Self.names(api, pass: pass)
  }

  private static func names(_ api: ModelAPI, pass: String) -> [String: String] {
    let address = Doorway.gatewayAddress
    let own = ["BELLJAR_GATEWAY": address, "BELLJAR_GATEWAY_KEY": pass]
    let usual =
      switch api {
      case .anthropic: ["ANTHROPIC_BASE_URL": address, "ANTHROPIC_API_KEY": pass]
      case .openAI: ["OPENAI_BASE_URL": "\(address)/v1", "OPENAI_API_KEY": pass]
      case .gemini: ["GOOGLE_GEMINI_BASE_URL": address, "GEMINI_API_KEY": pass]
      }
    return own.merging(usual) { $1 }
  }

  /// Notes what a run has cost.
  func settle(_ run: inout AgentRun) {
    guard let account, let share else { return }
    let now = account.totals(of: share)
    run.cost = now.spent - before.spent
    run.requests = now.requests - before.requests
    run.isLoopBudgetSpent = account.isLoopExhausted
    let usage = now.usage
    // What the API said counts, not what the agent says of it.
    let input = usage.allInput - before.usage.allInput
    let output = usage.output - before.usage.output
    if input > 0 || output > 0 {
      run.tokens = TokenCount(input: input, cached: usage.cacheRead - before.usage.cacheRead, output: output)
    }
  }
}
