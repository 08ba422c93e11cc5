import Egress
import EgressNIO
import Glibc
import Sandbox
import Synchronization
import Testing

@Suite("The sandbox's one door", .timeLimit(.minutes(5))) struct SandboxDoorTests {
  private static let script = """
    import socket
    def ask(text):
        s = socket.create_connection(("127.0.0.1", 3128), timeout=20)
        s.sendall(text.encode())
        out = b""
        while True:
            piece = s.recv(4096)
            if not piece: return out.decode().splitlines()
            out += piece
    def tried(what):
        try: what(); return "reached"
        except OSError as error: return "failed"
    print(ask("GET http://api.example.com/ HTTP/1.1\\r\\nHost: api.example.com\\r\\n\\r\\n")[-1])
    print(ask("CONNECT other.org:443 HTTP/1.1\\r\\nHost: other.org\\r\\n\\r\\n")[0])
    print("address", tried(lambda: socket.create_connection(("93.184.215.14", 80), timeout=3)))
    print("host", tried(lambda: socket.create_connection(("127.0.0.1", PORT), timeout=3)))
    print("six", tried(lambda: socket.create_connection(("2606:4700::1111", 80), timeout=3)))
    print("name", tried(lambda: socket.getaddrinfo("api.example.com", 80)))
    print("raw", tried(lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)))
    print("taken", tried(lambda: socket.create_server(("127.0.0.1", 3128))))
    """

  @Test("a program inside reaches the proxy, and nothing else", arguments: ["build", "agent"])
  func proxy(policy: String) async throws {
    let standIn = try await StandIn { connection in
      _ = try await connection.message()
      try await connection.write("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\noutside")
    }
    let records = Records()
    let server = EgressServer(
      policy: EgressPolicy(hosts: [try HostPattern("api.example.com")]), network: network([80: standIn.port])
    ) { records.add($0) }
    var jar = Jar(
      policy: try Policy.builtIn(policy),
      arguments: ["python3", "-c", Self.script.replacing("PORT", with: "\(standIn.port)")],
      budget: Budget(wall: .seconds(50)))
    let failure = Mutex("")
    jar.doors = Jar.Doors(ports: [3128]) { port, socket in
      do { try server.start(proxy: socket) } catch { failure.withLock { $0 = "\(port): \(error)" } }
    }
    let sandbox = try Sandbox()
    let result = try await sandbox.run(jar)
    server.stop()
    #expect(failure.withLock { $0 } == "")
    #expect(
      result.output.text == """
        outside
        HTTP/1.1 403 Forbidden
        address failed
        host failed
        six failed
        name failed
        raw failed
        taken failed

        """, "\(result.error.text)")
    #expect(try await records.all(2).map(\.host) == ["api.example.com", "other.org"])
    // The next one finds no door, whichever namespace it gets.
    for _ in 0..<3 {
      var next = jar
      next.doors = nil
      next.arguments = ["python3", "-c", "import socket; socket.create_server(('127.0.0.1', 3128)); print('free')"]
      #expect(try await sandbox.run(next).output.text == "free\n")
    }
  }

  @Test("a door into the host's own network is an error")
  func hostNetwork() throws {
    var jar = Jar(policy: try Policy.builtIn("build"), arguments: ["true"])
    jar.policy.network = .open
    jar.doors = Jar.Doors(ports: [3128]) { _, socket in close(socket) }
    let error = #expect(throws: SandboxError.self) { try Sandbox().run(jar) }
    #expect(error?.description.contains("network of its own") == true)
  }
}
