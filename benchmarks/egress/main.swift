// What the gateway costs: the first byte of a streamed answer, and the pace of a long one, straight from a stand-in of an API and
// through the gateway, by turns; and the pace through a relay that ends TLS and looks at nothing, which is the most that a gateway
// can reach here. All on loopback; the stand-in speaks TLS, to the client, to the gateway or to the relay.
//
//     egress-benchmark [latency|throughput] [ROUNDS] [PIECE]
//
// PIECE: bytes of events that the stand-in sends at one time.

import BenchmarkTiming
import Egress
import EgressNIO
import Glibc
import NIOCore
import NIOPosix
import TestCertificate

func fail(_ why: String) -> Never {
  print("egress-benchmark: \(why)")
  exit(1)
}

/// A listening socket on loopback, as a sandbox would hand it out.
func boundSocket() throws -> (descriptor: Int32, port: Int) {
  let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
  // struct sockaddr_in by its bytes (ip(7)).
  var address: [UInt8] = [UInt8(AF_INET), 0, 0, 0, 127, 0, 0, 1] + [UInt8](repeating: 0, count: 8)
  var length = socklen_t(address.count)
  let result = address.withUnsafeMutableBytes { bytes in
    bytes.withMemoryRebound(to: sockaddr.self) {
      bind(descriptor, $0.baseAddress, length) == 0 && listen(descriptor, 16) == 0
        && getsockname(descriptor, $0.baseAddress, &length) == 0
    }
  }
  guard descriptor >= 0, result else { throw BenchmarkError("no socket could be bound") }
  return (descriptor, Int(address[2]) << 8 | Int(address[3]))
}

/// A gateway before the stand-in.
struct Gateway {
  let server: EgressServer
  let port: Int

  init(standIn: Int, folder: String, isBudgeted: Bool) throws {
    let account = try SpendAccount(
      limits: .init(loop: isBudgeted ? USD(1000) : nil), journal: isBudgeted ? "\(folder)/spend" : nil)
    let base = "https://localhost:\(standIn)"
    let key = try Credential(.apiKey, from: .value("sk-benchmark"))
    server = EgressServer(
      policy: EgressPolicy(),
      gateway: .init(
        upstreams: [
          try Upstream(.anthropic, base: base, credential: key),
          try Upstream(.openAI, base: base + "/v1", credential: key),
        ], account: account,
        prices: try PriceTable(
          "date: 2026-11-21\nmodels:\n  - {names: [\"m*\"], input: 1, output: 10}\n", file: "prices")),
      network: EgressNetwork(authorities: "\(folder)/authority.pem"))
    let socket = try boundSocket()
    port = socket.port
    try server.start(gateway: socket.descriptor)
  }
}

/// By turns, in another order each round; the first rounds don't count.
func interleave(_ count: Int, rounds: Int, warmup: Int, _ body: (_ index: Int, _ counts: Bool) throws -> Void) rethrows
{
  for round in 0..<(rounds + warmup) {
    for index in (0..<count).shuffled() { try body(index, round >= warmup) }
  }
}

func latency(_ all: [(name: String, open: () throws -> Client)], rounds: Int) throws {
  print("first byte of a streamed answer, interleaved; \(machine()); ms")
  for isNew in [false, true] {
    var samples = Array(repeating: Sample(), count: all.count)
    let kept = try all.map { try $0.open() }
    try interleave(all.count, rounds: rounds, warmup: 20) { index, counts in
      usleep(500)
      let begun = now()
      let client = isNew ? try all[index].open() : kept[index]
      let opened = now() - begun
      let time = try client.ask("/v1/messages").first
      if counts { samples[index].add(isNew ? opened + time : time) }
    }
    print(isNew ? "a new connection each, TLS handshake included" : "on a connection that stands")
    print(padded("", 26) + "n     median     p5         p95")
    for (each, sample) in zip(all, samples) {
      let more = each.name == "direct" ? "" : "   +" + fixed(sample.median - samples[0].median)
      print(padded(each.name, 26) + sample.line + more)
    }
  }
}

func throughput(_ all: [(name: String, client: Client)], rounds: Int, piece: Int) throws {
  var samples = Array(repeating: Sample(), count: all.count)
  var ratios = Array(repeating: Sample(), count: all.count)
  for round in 0..<(rounds + 2) {
    var paces = Array(repeating: 0.0, count: all.count)
    for index in all.indices.shuffled() {
      let timing = try all[index].client.ask("/v1/chat/completions")
      guard timing.bytes > 99_000_000 else { throw BenchmarkError("only \(timing.bytes) bytes came") }
      paces[index] = Double(timing.bytes) / 1e3 / timing.whole
    }
    guard round >= 2 else { continue }
    for index in all.indices {
      samples[index].add(paces[index])
      ratios[index].add(paces[index] / paces[0])
    }
  }
  print("100 MB streamed in pieces of \(piece) bytes, interleaved; \(machine()); MB/s")
  print(padded("", 26) + "n     median     p5         p95        of direct (median, p5, p95)")
  for index in all.indices {
    let ratio = ratios[index]
    print(
      padded(all[index].name, 26) + padded(samples[index].line, 39)
        + "\(fixed(ratio.median)) \(fixed(ratio.share(0.05))) \(fixed(ratio.share(0.95)))")
  }
}

let words = CommandLine.arguments.dropFirst()
let parts = words.filter { ["latency", "throughput"].contains($0) }
let numbers = words.compactMap { Int($0) }
guard numbers.allSatisfy({ $0 > 0 }), parts.count + numbers.count == words.count, parts.count < 2, numbers.count < 3
else {
  fail("usage: egress-benchmark [latency|throughput] [ROUNDS] [PIECE]")
}
do {
  var template = Array("/tmp/belljar-gateway-XXXXXX".utf8CString)
  guard mkdtemp(&template) != nil else { throw BenchmarkError("no folder in /tmp could be made") }
  let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  defer {
    for name in ["authority.pem", "spend"] { unlink("\(folder)/\(name)") }
    rmdir(folder)
  }
  guard let file = fopen("\(folder)/authority.pem", "w") else { throw BenchmarkError("\(folder) can't be written") }
  fputs(Certificate.certificate + "\n", file)
  fclose(file)
  // The stand-in and the client have a thread each, as two programs would; the gateway has its own.
  let (outer, inner) = (
    MultiThreadedEventLoopGroup(numberOfThreads: 1), MultiThreadedEventLoopGroup(numberOfThreads: 1)
  )
  let tls = try Certificate.client()
  let piece = numbers.count > 1 ? numbers[1] : 16 << 10
  let standIn = try StandIn(group: outer, bytes: 100_000_000, piece: piece)
  let free = try Gateway(standIn: standIn.port, folder: folder, isBudgeted: false)
  let budgeted = try Gateway(standIn: standIn.port, folder: folder, isBudgeted: true)
  // On threads of its own, as many as a gateway has.
  let relay = try Relay(group: MultiThreadedEventLoopGroup(numberOfThreads: 2), standIn: standIn.port)
  func open(_ gateway: Gateway?) throws -> Client {
    try Client(group: inner, port: gateway?.port ?? standIn.port, tls: gateway == nil ? tls : nil)
  }
  if parts.first != "throughput" {
    try latency(
      [
        ("direct", { try open(nil) }), ("through the gateway", { try open(free) }),
        ("with a budget, on disk", { try open(budgeted) }),
      ], rounds: numbers.first ?? 300)
  }
  if parts.first != "latency" {
    try throughput(
      [
        ("direct", try open(nil)), ("through the gateway", try open(free)), ("with a budget", try open(budgeted)),
        ("a relay that reads nothing", try Client(group: inner, port: relay.port, tls: nil)),
      ],
      rounds: parts.first == nil ? 20 : numbers.first ?? 20, piece: piece)
  }
  free.server.stop()
  budgeted.server.stop()
} catch { fail("\(error)") }
