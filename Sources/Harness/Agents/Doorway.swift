internal import Egress
internal import Glibc
internal import Sandbox
internal import Synchronization

/// The network of one run: a proxy for the hosts that its step names, and a gateway for its agent's model. All else is absent.
final class Doorway: Sendable {
  /// Ports on the sandbox's own loopback.
  static let proxyPort: UInt16 = 3128
  static let gatewayPort: UInt16 = 3129
  static let gatewayAddress = "http://127.0.0.1:\(gatewayPort)"
  /// Records that are kept of one run; the log has all.
  private static let mostRecords = 2000

  fileprivate struct State: Sendable {
    var sockets: [UInt16: Int32] = [:]
    var failure: String?
    var records: [Request] = []
    var budgetRefusal: String?
    var limitEnd: Double?
  }

  /// A request with the moment of its end, in seconds from when the door was opened.
  struct Request: Sendable {
    let seconds: Double
    let record: EgressRecord
  }

  private let server: any EgressServing
  private let log: NetworkLog
  private let ports: [UInt16]
  private let state: Shared<State>

  /// - Returns: nil where the step has no hosts and there is no gateway.
  convenience init?(hosts: NetworkAccess, servers: EgressServers?, log: NetworkLog, step: String) throws {
    try self.init(hosts: hosts, gateway: nil, features: [], servers: servers, log: log, step: step)
  }

  init?(
    hosts access: NetworkAccess, gateway: EgressGateway?, features: Set<APIFeature>,
    servers: EgressServers?, log: NetworkLog, step: String
  ) throws {
    var hosts: [HostPattern] = []
    if case .hosts(let names) = access { hosts = try names.map { try HostPattern($0) } }
    ports = (hosts.isEmpty ? [] : [Self.proxyPort]) + (gateway == nil ? [] : [Self.gatewayPort])
    guard !ports.isEmpty else { return nil }
    guard let servers else { throw EvaluationFault.noNetwork(step) }
    self.log = log
    let state = Shared(State())
    let began = monotonicNow()
    server = servers(EgressPolicy(hosts: hosts, features: features), gateway) { record in
      log.write(record, step: step)
      state.withLock { state in
        if record.isBudgetSpent, case .refused(let why) = record.verdict { state.budgetRefusal = why }
        state.limitEnd = record.limitEnd ?? state.limitEnd
        guard state.records.count < Self.mostRecords else { return }
        state.records.append(Request(seconds: (monotonicNow() - began).seconds, record: record))
      }
    }
    self.state = state
  }

  /// Gives a jar this network.
  func open(_ jar: inout Jar) {
    jar.doors = Jar.Doors(ports: ports) { [self] port, socket in serve(port, socket) }
    guard ports.contains(Self.proxyPort) else { return }
    let proxy = "http://127.0.0.1:\(Self.proxyPort)"
    for name in ["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"] { jar.environment[name] = proxy }
    for name in ["no_proxy", "NO_PROXY"] { jar.environment[name] = "127.0.0.1,localhost" }
  }

  /// The sockets come one by one; the server begins with the last.
  private func serve(_ port: UInt16, _ socket: Int32) {
    let all = state.withLock { state -> [UInt16: Int32]? in
      state.sockets[port] = socket
      return state.sockets.count == ports.count ? state.sockets : nil
    }
    guard let all else { return }
    do {
      try server.start(proxy: all[Self.proxyPort], gateway: all[Self.gatewayPort])
    } catch {
      state.withLock { $0.failure = "\(error)" }
    }
    state.withLock { $0.sockets = [:] }
  }

  /// Ends all connections. What a stream left open is charged.
  ///
  /// - Throws: `EvaluationFault.invalid` where nothing was served.
  func close() throws {
    server.stop()
    let (failure, unserved) = state.withLock { ($0.failure, Array($0.sockets.values)) }
    for socket in unserved { Glibc.close(socket) }
    if let why = log.failure { throw EvaluationFault.invalid("the log of the network can't be kept: \(why)") }
    if let failure { throw EvaluationFault.invalid("the sandbox's network could not be served: \(failure)") }
  }

  var requests: [Request] { state.withLock { $0.records } }

  /// Why the gateway's budget had no room for a request, the last time that it hadn't.
  var budgetRefusal: String? { state.withLock { $0.budgetRefusal } }

  /// When the account's limit ends, as the API last said: seconds since 1970.
  var limitEnd: Double? { state.withLock { $0.limitEnd } }

  /// What was refused, in words for who reads of a failure; each once.
  var refusals: [String] {
    var lines: [String] = []
    for request in requests {
      guard case .refused(let why) = request.record.verdict else { continue }
      let line = "network: \(request.record.host):\(request.record.port) refused: \(why)"
      if !lines.contains(line), lines.count < 10 { lines.append(line) }
    }
    return lines
  }
}

extension EvaluationFault {
  /// Where a step wants a network, and this program was built without one.
  static func noNetwork(_ step: String) -> EvaluationFault {
    .invalid("\(step): its network can't be served, as this program has none (Workbench's 'servers')")
  }
}

/// `Mutex` can't be kept by a closure and an object both.
private final class Shared<State: Sendable>: Sendable {
  private let state: Mutex<State>

  init(_ state: State) { self.state = Mutex(state) }

  func withLock<Result: Sendable>(_ body: (inout State) -> Result) -> Result {
    state.withLock { state in body(&state) }
  }
}
