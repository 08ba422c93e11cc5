import Glibc
import Sandbox
import Testing

@Suite("Denied calls") struct DenialTests {
  private static let program = """
    import ctypes, os
    libc = ctypes.CDLL(None, use_errno=True)
    def call(*numbers):
        libc.syscall(*numbers)
        return ctypes.get_errno()
    """

  private func python(_ script: String, wall: Duration = .seconds(10)) throws -> Sandbox.Result {
    let jar = Jar(
      policy: try Policy.builtIn("strict"), arguments: ["/usr/bin/python3", "-c", "\(Self.program)\n\(script)"],
      budget: Budget(wall: wall))
    return try Sandbox().run(jar)
  }

  private static let hasPython = access("/usr/bin/python3", X_OK) == 0

  @Test("are named, with their program and how often", .enabled(if: hasPython, "needs python3"))
  func named() throws {
    // keyctl three times, and unshare once in a child of another name.
    let result = try python(
      """
      print([call(250, 0, 0, 0) for i in range(3)], flush=True)
      if os.fork() == 0:
          open('/proc/self/comm', 'w').write('child')
          print(call(272, 0x10000000), flush=True)
          os._exit(0)
      os.wait()
      """)
    #expect(result.outcome.reason == .exited(0))
    #expect(result.output.text == "[1, 1, 1]\n1\n")
    #expect(
      result.outcome.denied == [
        DeniedCalls(call: "keyctl", program: "python3", count: 3),
        DeniedCalls(call: "unshare", program: "child", count: 1),
      ])
    #expect(result.outcome.deniedText == "denied: keyctl (python3, 3 times), unshare (child, once)")
  }

  @Test("a program that makes none has an empty report")
  func none() throws {
    #expect(try Jars.run("ls / | wc -l").outcome.denied.isEmpty)
  }

  @Test(
    "a program that spams them is not held up, and the report stays small", .enabled(if: hasPython, "needs python3"))
  func spam() throws {
    let result = try python(
      "print(sorted(set(call(250, 0, 0, 0) for i in range(300000))))", wall: .seconds(20 * slowness))
    // EPERM while each is heard, ENOSYS after that.
    #expect(result.output.text == "[1, 38]\n")
    #expect(result.outcome.denied == [DeniedCalls(call: "keyctl", program: "python3", count: 10_000)])
    #expect(result.outcome.wall < .seconds(10 * slowness))
  }

  @Test("a name with control characters is made harmless", .enabled(if: hasPython, "needs python3"))
  func hostileName() throws {
    let result = try python(
      """
      open('/proc/self/comm', 'wb').write(b'\\x1b[31m\\xff\\x7f"')
      call(250, 0, 0, 0)
      """)
    let name = try #require(result.outcome.denied.first?.program)
    #expect(!name.unicodeScalars.contains { $0.value < 32 || $0.value == 127 })
    #expect(name.hasPrefix("?[31m"))
  }
}
