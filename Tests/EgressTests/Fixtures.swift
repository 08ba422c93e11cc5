import Egress
import EgressNIO
import Synchronization

/// Names with the addresses that a test gives them.
struct ScriptedResolver: NameResolver {
  var names: [String: [String]]

  func addresses(of name: HostName) throws(ResolutionError) -> [IPAddress] {
    guard let found = names[name.text] else { throw .noSuchName }
    return found.compactMap { IPAddress($0) }
  }
}

/// What a server has logged.
final class Records: Sendable {
  private let records = Mutex<[EgressRecord]>([])

  func add(_ record: EgressRecord) { records.withLock { $0.append(record) } }

  /// Waits until there are so many.
  func all(_ count: Int = 1) async throws -> [EgressRecord] {
    for _ in 0..<2000 {
      let found = records.withLock { $0 }
      if found.count >= count { return found }
      try await Task.sleep(for: .milliseconds(5))
    }
    throw TestFailure("only \(records.withLock { $0 }) were logged")
  }
}

/// A public address that tests lead to their stand-ins; nothing is sent there.
let publicAddress = "93.184.215.14"

/// A network in which public addresses are ports of loopback: by the rules they are checked as what they seem to be.
func network(_ ports: [Int: Int], names: [String: [String]] = [:], authorities: String? = nil) -> EgressNetwork {
  let all = names.merging(["api.example.com": [publicAddress]]) { given, _ in given }
  return EgressNetwork(
    resolver: ScriptedResolver(names: all),
    route: { address, port in
      guard "\(address)" == publicAddress, let loopback = IPAddress("127.0.0.1") else { return (address, port) }
      return (loopback, ports[port] ?? 1)
    }, authorities: authorities)
}

/// A server with its doors, stopped at its end.
final class Doors: Sendable {
  let server: EgressServer
  let records = Records()
  let proxy: Int
  let gateway: Int

  init(
    policy: EgressPolicy = EgressPolicy(), gateway settings: EgressGateway? = nil,
    network: EgressNetwork = network([:])
  ) throws {
    let records = records
    server = EgressServer(policy: policy, gateway: settings, network: network) { records.add($0) }
    let proxySocket = try boundSocket()
    proxy = proxySocket.port
    if settings != nil {
      let gatewaySocket = try boundSocket()
      gateway = gatewaySocket.port
      try server.start(proxy: proxySocket.descriptor, gateway: gatewaySocket.descriptor)
    } else {
      gateway = 0
      try server.start(proxy: proxySocket.descriptor)
    }
  }

  deinit { server.stop() }
}

/// Counts calls from any thread.
final class CallCount: Sendable {
  private let count = Mutex(0)
  var value: Int { count.withLock { $0 } }

  func next() -> Int {
    count.withLock {
      $0 += 1
      return $0
    }
  }

  func add(_ amount: Int) { count.withLock { $0 += amount } }

  func wait(for count: Int) async throws {
    for _ in 0..<4000 where value < count { try await Task.sleep(for: .milliseconds(5)) }
    guard value >= count else { throw TestFailure("waited in vain for \(count)") }
  }
}
