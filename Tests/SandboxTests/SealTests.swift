import FoundationEssentials
import Glibc
import Sandbox
import Testing

@Suite("The seal") struct SealTests {
  @Test("processes inside are an unprivileged user without any right")
  func rights() throws {
    let (outcome, output, _) = try Jars.run("id; cat /proc/self/status")
    #expect(outcome.reason == .exited(0))
    #expect(output.hasPrefix("uid=1000(belljar) gid=1000(belljar) groups="))
    for set in ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"] {
      #expect(output.contains("\(set):\t0000000000000000\n"), "\(set)")
    }
    #expect(output.contains("NoNewPrivs:\t1\n"))
    #expect(output.contains("Seccomp:\t2\n"))
  }

  @Test("the host's homes, temporary files, sockets and users are absent")
  func files() throws {
    let (_, output, _) = try Jars.run(
      "for p in /root /sys /mnt /var/lib /etc/shadow /etc/machine-id /run/systemd; do [ -e $p ] && echo $p; done; ls -A /tmp /home /run; cat /etc/passwd"
    )
    #expect(
      output == """
        /home:
        belljar

        /run:

        /tmp:
        belljar:x:1000:1000:belljar:/home/belljar:/bin/sh
        nobody:x:65534:65534:nobody:/:/bin/false

        """)
  }

  @Test("only its own processes are seen, and pid 1 is not")
  func processes() throws {
    let (_, output, _) = try Jars.run("ls /proc; cat /proc/1/cmdline /proc/1/environ; kill -9 1; echo alive")
    let names = output.split(separator: "\n").map(String.init)
    #expect(!names.contains("1"))
    #expect(names.filter { Int($0) != nil }.count <= 3)
    #expect(names.last == "alive")
  }

  @Test("there is no network but the loopback, and the loopback is up", arguments: ["build", "test"])
  func network(policy: String) throws {
    let (_, output, _) = try Jars.run("cat /proc/net/dev", policy: policy)
    let interfaces = output.split(separator: "\n").dropFirst(2).map { $0.split(separator: ":")[0].drop { $0 == " " } }
    #expect(interfaces == ["lo"])
  }

  @Test("usr, etc, the root and a shown folder can't be written")
  func readOnly() throws {
    let (_, output, _) = try Jars.run(
      "for p in /usr/x /etc/x /x /dev/x; do (: > $p) 2>/dev/null && echo wrote $p; done; : > /tmp/x && echo tmp; : > $HOME/x && echo home"
    )
    #expect(output == "tmp\nhome\n")
  }

  @Test("neither the environment nor the memory of the caller is found inside")
  func canaries() throws {
    let canary = "canary-\(UInt64.random(in: 0 ... .max))"
    setenv("BELLJAR_TEST_CANARY", canary, 1)
    defer { unsetenv("BELLJAR_TEST_CANARY") }
    let (_, output, _) = try Jars.run(
      "env; for p in /proc/[0-9]*; do for f in environ cmdline maps mem; do cat $p/$f 2>/dev/null; done; done | tr '\\0' '\\n' | grep -a canary- | grep -v grep",
      policy: "build")
    #expect(!output.contains(canary))
  }

  @Test("only the three standard descriptors are open")
  func descriptors() throws {
    let (_, output, _) = try Jars.run("ls /proc/self/fd | tr '\\n' ' '")
    // 3 is what ls itself opens to read the folder.
    #expect(output == "0 1 2 3 ")
  }

  @Test(
    "calls that could lead out are refused",
    arguments: [
      ("mount", 165, "Operation not permitted"), ("unshare", 272, "Operation not permitted"),
      ("ptrace", 101, "Operation not permitted"), ("keyctl", 250, "Operation not permitted"),
      ("bpf", 321, "Operation not permitted"), ("io_uring_setup", 425, "Operation not permitted"),
      ("clone3", 435, "Function not implemented"), ("setns", 308, "Operation not permitted"),
      ("open_by_handle_at", 304, "Operation not permitted"), ("perf_event_open", 298, "Operation not permitted"),
      ("userfaultfd", 323, "Operation not permitted"), ("pivot_root", 155, "Operation not permitted"),
      ("statmount", 457, "Function not implemented"), ("mseal", 462, "Function not implemented"),
    ])
  func calls(name: String, number: Int, answer: String) throws {
    try #require(access("/usr/bin/perl", X_OK) == 0, "perl makes the raw calls")
    let (_, output, _) = try Jars.run("perl -e 'syscall(\(number), 0, 0, 0, 0, 0); print $!'", policy: "build")
    #expect(output == answer)
  }

  @Test("sockets of other families are refused", arguments: [16, 17, 38, 40])
  func sockets(family: Int) throws {
    let (_, output, _) = try Jars.run(
      "perl -e 'print socket(S, \(family), 2, 0) ? \"made\" : \"refused\"'", policy: "build")
    #expect(output == "refused")
  }

  @Test(
    "a terminal's input can't be forged, with high bits set or not", arguments: ["0x5412", "0x100005412", "0x541c"])
  func terminal(command: String) throws {
    let (_, output, _) = try Jars.run(
      "perl -e 'no warnings; my $b = \"x\"; syscall(16, 0, \(command), $b); print $!'", policy: "build")
    #expect(output == "Operation not permitted")
  }

  @Test("a file on stdin can't be opened anew for writing")
  func reopening() throws {
    let path = "/tmp/belljar-test-\(getpid())-stdin"
    let fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0o666)
    try #require(fd >= 0)
    defer {
      close(fd)
      unlink(path)
    }
    fchmod(fd, 0o666)
    write(fd, "before", 6)
    lseek(fd, 0, SEEK_SET)
    let (_, output, _) = try Jars.run(
      "cat; echo evil > /proc/self/fd/0; echo evil > /dev/stdin", input: .descriptor(fd))
    #expect(output == "before")
    var text = [UInt8](repeating: 0, count: 16)
    let length = pread(fd, &text, 16, 0)
    #expect(String(decoding: text[0..<max(0, length)], as: UTF8.self) == "before")
  }
}
