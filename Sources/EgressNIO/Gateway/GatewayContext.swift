internal import Egress
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import Synchronization
internal import TLS

/// What every connection to one gateway shares.
final class GatewayContext: Sendable {
  let door: DoorContext
  let upstreams: [Upstream]
  let account: SpendAccount
  let share: SpendAccount.Share
  let prices: PriceTable
  /// The worthless key that requests must bear; nil where none is asked for.
  let pass: String?
  let threads: NIOThreadPool
  let tls: TLSContext?
  /// Bytes of bodies that are held now.
  private let held = Mutex(0)
  /// By the loops that it serves on.
  private let spares: [ObjectIdentifier: NIOLoopBoundBox<SpareUpstream>]

  init(
    door: DoorContext, upstreams: [Upstream], account: SpendAccount, share: SpendAccount.Share, prices: PriceTable,
    pass: String?, threads: NIOThreadPool, loops: [any EventLoop]
  ) throws {
    self.door = door
    self.upstreams = upstreams
    self.account = account
    self.share = share
    self.prices = prices
    self.pass = pass
    self.threads = threads
    spares = Dictionary(
      uniqueKeysWithValues: loops.map { loop in
        (ObjectIdentifier(loop), .makeBoxSendingValue(SpareUpstream(upstreams, loop: loop), eventLoop: loop))
      })
    guard upstreams.contains(where: \.base.isSecure) else {
      tls = nil
      return
    }
    let authorities = door.dialer.network.authorities.map { TLSContext.Authorities.file($0) } ?? .machine
    do {
      tls = try TLSContext(authorities: authorities, protocols: ["http/1.1"])
    } catch {
      throw EgressError("prepare TLS with", door.dialer.network.authorities ?? "the machine's certificates", "\(error)")
    }
  }

  /// On one of the loops that it serves on, and only there.
  func spare(on loop: any EventLoop) -> SpareUpstream? { spares[ObjectIdentifier(loop)]?.value }

  /// Connects to an API. Its TLS handshake is still to come when the connection is there.
  func connect(to base: BaseURL, on loop: any EventLoop) -> EventLoopFuture<any Channel> {
    let tls = tls
    let initializer = { @Sendable (channel: any Channel) in
      channel.eventLoop.makeCompletedFuture { try UpstreamHandler.lay(base, tls, in: channel) }
    }
    return switch base.host {
    case .address(let address): door.dialer.connect(to: [address], port: base.port, on: loop, initializer)
    case .name(let name): door.dialer.connect(to: name, port: base.port, allowsPrivate: true, on: loop, initializer)
    }
  }

  /// Makes room for bytes of a body.
  func hold(_ bytes: Int) -> Bool {
    held.withLock { held in
      guard held + bytes <= door.policy.limits.heldBodies else { return false }
      held += bytes
      return true
    }
  }

  func release(_ bytes: Int) { held.withLock { $0 -= bytes } }

  func upstream(for api: ModelAPI) -> Upstream? { upstreams.first { $0.api == api } }

  /// Whether a request bears the worthless key, in whatever place its API has for one.
  func isAdmitted(_ head: HTTPRequestHead) -> Bool {
    guard let pass else { return true }
    let query = head.uri.split(separator: "?", maxSplits: 1).dropFirst().first?.split(separator: "&") ?? []
    return head.headers["x-api-key"].contains(pass) || head.headers["x-goog-api-key"].contains(pass)
      || head.headers["authorization"].contains("Bearer \(pass)") || query.contains("key=\(pass)")
  }

  /// A request that may be forwarded, with what was set aside for it.
  struct Approved: Sendable {
    var body: ByteBuffer
    var model: String
    var reservation: SpendAccount.Reservation?
    var price: PriceTable.Price?
  }

  /// Reads a body, checks it, and sets its worst case aside. Blocks: for a large body's reading, and for the disk.
  func approve(_ body: ByteBuffer, _ route: Route) throws(RequestRefusal) -> Approved {
    let bytes = Array(body.readableBytesView)
    let checked = try CheckedRequest.check(bytes, route, features: door.policy.features)
    if case .countTokens = route.call { return Approved(body: body, model: checked.model) }
    let price = prices.price(of: checked.model)
    let limited = account.isLimited(share)
    if limited {
      guard price != nil else {
        throw RequestRefusal(
          .invalid,
          "the model '\(checked.model.prefix(80))' has no price in the table of \(prices.date), and a cost budget can't hold without; add a line for it, or ask for another model"
        )
      }
      if let what = checked.unbounded {
        throw RequestRefusal(.invalid, "\(what) isn't passed under a cost budget: what it costs has no bound")
      }
    }
    let bounds = CostBounds(checked, bytes: bytes.count, price: price)
    let reservation: SpendAccount.Reservation
    do {
      reservation = try account.reserve(
        for: share, least: bounds.least, model: checked.model, amount: bounds.amount)
    } catch {
      switch error {
      case .exhausted(let why): throw RequestRefusal(.exhausted, why)
      case .busy:
        throw RequestRefusal(
          .busy,
          "the rest of the cost budget is set aside for requests that are under way; try again when they have ended")
      case .unrecorded(let why):
        throw RequestRefusal(.own, "the record of spending can't be written, so nothing is forwarded: \(why)")
      }
    }
    let granted = limited ? bounds.maximum(within: reservation.amount) : nil
    let written = checked.written(bytes, maximum: granted)
    return Approved(
      body: written.count == bytes.count && granted == nil ? body : ByteBuffer(bytes: written), model: checked.model,
      reservation: reservation, price: price)
  }
}

/// What a request can cost: the least that is worth forwarding, and the most.
///
/// A token is never less than a byte of text in any of these models' vocabularies, so the body's bytes bound its tokens; what
/// the provider adds (a template, instructions for tools) is far below what JSON's own marks and the allowance make up for.
struct CostBounds {
  private static let allowance = 1024
  /// Where a request and the table say no maximum.
  private static let usualMaximum = 16_384
  /// An answer shorter than this is not worth its input.
  private static let usefulOutput = 1024

  private let input: USD
  private let outputToken: USD
  private let wanted: Int
  private let useful: Int
  /// Whether nothing but us bounds the output.
  private let mustBound: Bool
  private let asked: Int?

  init(_ request: CheckedRequest, bytes: Int, price: PriceTable.Price?) {
    let tokens = bytes + request.imageTokens + Self.allowance
    input = price?.worstInput(tokens, caching: request.caches) ?? .zero
    outputToken = (price?.worstOutput(forInput: tokens) ?? .zero) * request.answers
    if case .written(let count, _) = request.maximum { asked = count } else { asked = nil }
    wanted = asked ?? price?.maximumOutput ?? Self.usualMaximum
    mustBound = asked == nil && price?.maximumOutput == nil
    useful = min(wanted, max(Self.usefulOutput, request.leastMaximum))
  }

  var least: USD { input + outputToken * useful }

  /// The whole worst case, or as much output as can still be paid for.
  func amount(left: USD?) -> USD {
    let whole = input + outputToken * wanted
    guard let left, whole > left else { return whole }
    return input + outputToken * max(useful, affordable(left))
  }

  /// The maximum that has to be written into the request; nil where it can stay as it is.
  func maximum(within amount: USD) -> Int? {
    let granted = min(wanted, affordable(amount))
    return granted < wanted || mustBound ? granted : nil
  }

  private func affordable(_ amount: USD) -> Int {
    guard outputToken > .zero else { return wanted }
    return Int((amount - input).picodollars / outputToken.picodollars)
  }
}
