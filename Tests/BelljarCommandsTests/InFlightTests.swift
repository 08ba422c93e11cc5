import FoundationEssentials
import Glibc
import Testing

/// Descriptors in sockets that nobody reads count for their user (unix(7)), not for a sandbox.
@Suite("Descriptors in flight") struct InFlightTests {
  /// Sends as many as it may, says how many these are, and waits.
  private static let sender = """
    import array, os, resource, socket, time
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
    descriptor, pairs, count = os.open("/dev/null", os.O_RDONLY), [], 0
    try:
        while True:
            pair = socket.socketpair()
            pairs.append(pair)
            pair[0].setblocking(False)
            for _ in range(200):
                rights = array.array("i", [descriptor] * 250)
                pair[0].sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])
                count += 250
    except OSError:
        print(count, flush=True)
    time.sleep(60)
    """

  private static var hardLimit: rlim_t {
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(UInt32(7)), &limit)
    return limit.rlim_max
  }

  @Test(
    "those of one sandbox keep no other from starting",
    .enabled(if: geteuid() != 0, "the kernel asks nothing of root"),
    .enabled(if: access("/usr/bin/python3", X_OK) == 0, "needs python3"),
    .enabled(if: hardLimit > 8192, "needs a hard limit of more than 8192 descriptors"))
  func others() throws {
    let program = try Program(["a": ""])
    let sending = try program.start(
      ["run", "--policy", "build", "--", "python3", "-c", Self.sender])
    defer {
      kill(sending, SIGKILL)
      _ = program.wait(sending)
    }
    var patience = 600
    while program.text("output").isEmpty, patience > 0 {
      usleep(100_000)
      patience -= 1
    }
    #expect((Int(program.text("output").split(separator: "\n").first ?? "") ?? 0) > 4000)
    let other = try program.shell("ulimit -Sn 1024; exec \"$BELLJAR\" run -- true")
    #expect(other.status == 0, "\(other.error)")
  }
}
