import FoundationEssentials
import Glibc
import Testing

@testable import Sandbox

@Suite("Network namespaces used again") struct NetworkPoolTests {
  /// The namespace's name, after a script.
  private func network(_ sandbox: Sandbox, after script: String = ":") throws -> String {
    let result = try sandbox.run(Jars.shell("\(script); readlink /proc/self/ns/net", policy: "build"))
    #expect(result.outcome.reason == .exited(0), "\(result.outcome.reason) \(result.error.text)")
    return result.output.text.split(separator: "\n").last.map(String.init) ?? ""
  }

  /// Namespaces that launchers of this process hold open. Their names alone prove little: the kernel gives them out again.
  private func kept() -> Set<String> {
    let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return Set(
      processes.filter { pid in
        String(decoding: readFile("/proc/\(pid)/cmdline") ?? [], as: UTF8.self).hasPrefix("belljar-launcher\0")
          && (readText("/proc/\(pid)/status") ?? "").contains("\nPPid:\t\(getpid())\n")
      }
      .flatMap { pid in
        ((try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd")) ?? [])
          .compactMap { Root.linkTarget("/proc/\(pid)/fd/\($0)") }.filter { $0.hasPrefix("net:") }
      })
  }

  @Test("one that nobody used is kept and used again")
  func again() throws {
    let sandbox = try Sandbox()
    // A spare is made ahead, so that two take turns.
    let names = Set(try (0..<12).map { _ in try network(sandbox) })
    #expect(names.count <= 3, "\(names)")
    #expect(names.isSubset(of: kept()), "\(names) \(kept())")
  }

  @Test(
    "what one has left of sockets, traffic and counters is not found by the next",
    arguments: [
      "import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.sendto(b'x', ('127.0.0.1', 9))",
      "import socket; s = socket.create_server(('127.0.0.1', 0)); c = socket.create_connection(s.getsockname()); s.accept()[0].close()",
      "import socket; s = socket.socket(socket.AF_INET6); s.connect_ex(('::1', 9))",
      "import socket; s = socket.socket(); s.connect_ex(('10.1.2.3', 9))",
      // A flow label (ipv6(7)), which outlives its socket by a minute.
      "import socket, struct; s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM); s.setsockopt(41, 32, socket.inet_pton(socket.AF_INET6, '::1') + struct.pack('!I', 0x12345) + struct.pack('BBHHHI', 0, 255, 1, 60, 60, 0))",
    ])
  func used(script: String) throws {
    let sandbox = try Sandbox()
    let look =
      "cd /proc/net; cat dev snmp snmp6 netstat ip6_flowlabel; sed 's/\\(orphan\\|alloc\\|mem\\|memory\\) [0-9]*//g' sockstat; "
    let fresh = try sandbox.run(Jars.shell(look, policy: "build")).output.text
    #expect(fresh.contains("lo:") && fresh.contains("InDatagrams"))
    for _ in 0..<6 {
      let text = try sandbox.run(Jars.shell("\(look) python3 -c \"\(script)\" >&2", policy: "build")).output.text
      let changed = zip(text.split(separator: "\n"), fresh.split(separator: "\n")).filter { $0 != $1 }
      #expect(text == fresh, "\(changed)")
    }
  }

  @Test("in each the loopback is up, and two at one time have two")
  func concurrent() async throws {
    let sandbox = try Sandbox()
    let jars = try (0..<4).map { _ in
      try Jars.shell(
        "python3 -c \"import socket; socket.create_server(('127.0.0.1', 7000))\"; sleep 0.5; readlink /proc/self/ns/net",
        budget: Budget(wall: .seconds(10 * slowness)))
    }
    let names = try await withThrowingTaskGroup(of: String.self) { group in
      for jar in jars { group.addTask { try await sandbox.run(jar).output.text } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(Set(names).count == 4, "\(names)")
  }

  @Test("programs have no right over it")
  func rights() throws {
    let result = try Sandbox().run(
      Jars.shell(
        "echo 1 >/proc/sys/net/ipv4/ip_forward; ip link set lo down; ip addr add 10.0.0.1/8 dev lo; cat /proc/sys/net/ipv4/ip_forward",
        policy: "build"))
    #expect(result.output.text == "0\n", "\(result.error.text)")
  }

  @Test("what has the host's network gets it, beside others that don't")
  func hostNetwork() throws {
    let sandbox = try Sandbox()
    var jar = try Jars.shell("readlink /proc/self/ns/net", policy: "build")
    let own = try sandbox.run(jar).output.text
    jar.policy.network = .open
    let open = try sandbox.run(jar).output.text
    #expect(open == (Root.linkTarget("/proc/self/ns/net") ?? "") + "\n")
    #expect(own != open)
  }
}
