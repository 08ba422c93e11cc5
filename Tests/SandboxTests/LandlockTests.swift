import CSandbox
import Glibc
import Testing

@testable import Sandbox

/// The second wall: each test names what mounts alone would let through, or what must still work behind both.
@Suite("Landlock", .enabled(if: belljar_landlock_version() > 0, "this kernel has no Landlock")) struct LandlockTests {
  @Test(
    "pid 1 can't be sent a signal",
    .enabled(if: belljar_landlock_version() >= 6, "signals are in a scope since version 6, Linux 6.12"))
  func signals() throws {
    let run = try Jars.run("kill -0 1 2>/dev/null || echo refused; sleep 9 & kill $! && echo own")
    #expect(run.output == "refused\nown\n")
  }

  @Test("what is writable is written, moved between folders, cut and removed; devices and pipes open anew")
  func writable() throws {
    let run = try Jars.run(
      """
      set -e
      mkdir -p ~/a/b /tmp/c /dev/shm/d && echo one >~/a/b/f && mv ~/a/b/f ~/a/g && ln ~/a/g ~/a/h && : >~/a/h
      ln -s g ~/a/l && rm ~/a/l && mkfifo /tmp/c/p && rm -r ~/a /tmp/c /dev/shm/d
      echo x >/dev/null && head -c 1 /dev/zero | cat /dev/stdin | wc -c && echo 0 >/proc/self/oom_score_adj && echo good >/dev/stdout && echo err >/dev/stderr
      """)
    #expect(run.output == "1\ngood\n", "\(run.error)")
  }

  @Test("what is read-only, and the root itself, is not")
  func readOnly() throws {
    let run = try Jars.run(
      "for f in /usr/x /x /etc/x /usr/bin/x; do (echo x >$f) 2>/dev/null && echo $f; done; echo end")
    #expect(run.output == "end\n")
  }

  @Test("a folder that is passed in can be read and written through its descriptor")
  func passedFolder() throws {
    var template = Array("/tmp/belljar-passed-XXXXXX".utf8CString)
    let path = try #require(mkdtemp(&template)).withMemoryRebound(to: CChar.self, capacity: 1) { String(cString: $0) }
    chmod(path, 0o777)
    let folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    defer {
      close(folder)
      unlink("\(path)/new")
      rmdir(path)
    }
    var jar = try Jars.shell("echo x >/proc/self/fd/5/new && cat /proc/self/fd/5/new")
    jar.descriptors = [5: folder]
    let result = try Sandbox().run(jar)
    #expect(result.output.text == "x\n", "\(result.error.text)")
  }
}
