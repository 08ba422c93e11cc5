package import Egress
internal import Glibc

/// Who finds the addresses of a name.
package protocol NameResolver: Sendable {
  /// May block for seconds; called on a thread that may.
  ///
  /// - Throws: `ResolutionError`.
  func addresses(of name: HostName) throws(ResolutionError) -> [IPAddress]
}

/// Why a name has no address.
package enum ResolutionError: Error, Sendable, Hashable, CustomStringConvertible {
  case noSuchName
  case noAddress
  /// No name server answered, or none with sense.
  case noAnswer(String)

  package var description: String {
    switch self {
    case .noSuchName: "there is no such name"
    case .noAddress: "the name has no address"
    case .noAnswer(let why): "no name server answered (\(why)); look at /etc/resolv.conf"
    }
  }
}

/// /etc/hosts, then the name servers of /etc/resolv.conf, asked directly.
///
/// getaddrinfo(3) of a static glibc loads the build machine's NSS libraries and crashes where they are missing or of another
/// version. So this reads the two files that every Linux has and speaks DNS itself (RFC 1035). Not looked at: nsswitch.conf,
/// mDNS, search domains.
package struct SystemResolver: NameResolver {
  private let hosts: String
  private let settings: String
  private let limit: Duration
  private let port: Int

  /// - Parameters:
  ///   - limit: How long all attempts together may take.
  ///   - port: Of the name servers.
  package init(
    hosts: String = "/etc/hosts", settings: String = "/etc/resolv.conf", limit: Duration = .seconds(12), port: Int = 53
  ) {
    self.hosts = hosts
    self.settings = settings
    self.limit = limit
    self.port = port
  }

  package func addresses(of name: HostName) throws(ResolutionError) -> [IPAddress] {
    let listed = HostsFile.addresses(of: name, in: SmallFile.lines(hosts))
    if !listed.isEmpty { return listed }
    // RFC 6761: never a question to a server.
    if name.text == "localhost" || name.text.hasSuffix(".localhost") {
      return [IPAddress("127.0.0.1"), IPAddress("::1")].compactMap(\.self)
    }
    let known = ResolverSettings(SmallFile.lines(settings))
    let deadline = ContinuousClock.now + limit
    var fault = ResolutionError.noAnswer("none is named")
    for _ in 0..<known.attempts {
      for server in known.servers {
        let wait = min(known.timeout, deadline - .now)
        guard wait > .zero else { throw fault }
        do throws(ResolutionError) {
          return try DNSQuestion(name: name, server: server, port: port, timeout: wait).ask()
        } catch {
          guard case .noAnswer = error else { throw error }
          fault = error
        }
      }
    }
    throw fault
  }
}

/// hosts(5).
enum HostsFile {
  static func addresses(of name: HostName, in lines: [[Substring]]) -> [IPAddress] {
    lines.compactMap { words in
      guard let first = words.first, words.dropFirst().contains(where: { (try? HostName($0)) == name }) else {
        return nil
      }
      return IPAddress(String(first))
    }
  }
}

/// resolv.conf(5), as far as it is obeyed here.
struct ResolverSettings {
  /// At most three, as in glibc.
  private(set) var servers: [IPAddress] = []
  private(set) var attempts = 2
  private(set) var timeout = Duration.seconds(3)

  init(_ lines: [[Substring]]) {
    for words in lines {
      switch words.first {
      case "nameserver":
        if servers.count < 3, words.count > 1, let address = IPAddress(String(words[1])) { servers.append(address) }
      case "options":
        for word in words.dropFirst() {
          let parts = word.split(separator: ":")
          guard parts.count == 2, let number = Int(parts[1]) else { continue }
          if parts[0] == "timeout" { timeout = .seconds(min(max(number, 1), 5)) }
          if parts[0] == "attempts" { attempts = min(max(number, 1), 3) }
        }
      default: break
      }
    }
    if servers.isEmpty, let own = IPAddress("127.0.0.1") { servers = [own] }
  }
}
