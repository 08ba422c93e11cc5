import Foundation
import Glibc
import Sandbox
import Testing

extension Hostile {
  @Suite("Belljar's own side: odd callers") struct CallerTests {
    private func programs() throws -> HostilePrograms { try HostilePrograms.shared.get() }

    @Test("descriptors that the caller has left open are not inherited")
    func openDescriptors() throws {
      // Without O_CLOEXEC, as careless programs have them.
      let folder = open("/", O_RDONLY | O_DIRECTORY)
      let file = open("/etc/passwd", O_RDONLY)
      defer { for fd in [folder, file] { close(fd) } }
      try #require(folder >= 0 && file >= 0)
      let run = try programs().run("descriptors.c")
      #expect(run.result.outcome.reason == .exited(0), "\(run.output)")
      let (status, text) = try Host.shell(
        "exec 7</etc 8</etc/passwd 9>>/dev/null; '\(Host.belljar())' run --ro-bind \(programs().folder) --chdir / -- \(programs().folder)/descriptors"
      )
      #expect(status == 0, "\(text)")
    }

    @Test(
      "a caller that has closed its standard streams causes no confusion",
      arguments: ["<&-", ">&-", "2>&-", "<&- >&-", "<&- 2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
    func closedStreams(closed: String) throws {
      let folder = try Folders.make(mode: 0o777)
      let tool = try Host.belljar()
      let script =
        "echo out; echo err >&2; cat; ls -l /proc/self/fd >\(folder)/seen; echo done >>\(folder)/seen; exit 3"
      let (status, text) = try Host.shell(
        "timeout 20 '\(tool)' run --wall 5s --bind \(folder) --chdir / -- /bin/sh -c '\(script)' \(closed)")
      let seen = String(decoding: FileManager.default.contents(atPath: "\(folder)/seen") ?? Data(), as: UTF8.self)
      // Either the program ran as ever, or Belljar says why not.
      let isSound = status == 3 && seen.hasSuffix("done\n") || status == 125
      #expect(isSound, "\(closed): exit \(status), \(text) \(seen)")
    }

    @Test("a program that fails is not taken for a success where the caller ignores SIGCHLD")
    func ignoredChildren() throws {
      let (status, text) = try Host.shell(
        "exec env --ignore-signal=CHLD '\(Host.belljar())' run --format json --chdir / -- /bin/sh -c 'exit 5'")
      if text.contains("env:") { try Host.skip("row 44 needs env --ignore-signal (coreutils 8.31)") }
      #expect(status == 5, "\(text)")
    }

    @Test("signals that the caller ignores are not ignored inside")
    func oddSignals() throws {
      let (status, text) = try Host.shell(
        "trap '' PIPE USR1; exec '\(Host.belljar())' run --chdir / -- /bin/sh -c 'grep ^SigIgn /proc/self/status; exit 5'"
      )
      #expect(status == 5)
      #expect(text.contains("SigIgn:\t0000000000000000\n"), "\(text)")
    }

    @Test("signals that the caller blocks are not blocked inside, and the outcome is right")
    func blockedSignals() throws {
      var all = sigset_t()
      var before = sigset_t()
      sigfillset(&all)
      pthread_sigmask(SIG_BLOCK, &all, &before)
      defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
      let result = try Sandbox().run(
        Jar(
          policy: try Policy.builtIn("strict"), arguments: ["/bin/sh", "-c", "grep ^SigBlk /proc/self/status; exit 5"]))
      #expect(result.outcome.reason == .exited(5))
      #expect(result.output.text == "SigBlk:\t0000000000000000\n")
      let run = try programs().run("orphans.c")
      #expect(run.result.outcome.reason == .exited(0))
      #expect(run.survivors.isEmpty)
    }

    @Test("neither secrets nor LD_PRELOAD of the caller reach the program")
    func callersEnvironment() throws {
      let (status, text) = try Host.shell(
        """
        export SECRET_TOKEN=hunter2 LD_LIBRARY_PATH=${LD_LIBRARY_PATH:-}:/tmp LD_BIND_NOW=1 BASH_ENV=/tmp/x ENV=/tmp/x IFS=x
        exec '\(Host.belljar())' run --ro-bind \(programs().folder) --chdir / -- \(programs().folder)/environment
        """)
      #expect(status == 0, "\(text)")
    }
  }
}
