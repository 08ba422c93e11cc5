import Foundation
import Glibc
import Sandbox
import Testing

extension Hostile {
  @Suite("What is the host's stays the host's") struct HostsThingsTests {
    private func programs() throws -> HostilePrograms { try HostilePrograms.shared.get() }

    @Test("a readable file in another folder, and the environment of the host, are not there")
    func hostsFiles() throws {
      let other = try Folders.make()
      Folders.put("secret", at: "\(other)/secret")
      setenv("HOSTILE_HOST_SECRET", "secret", 1)
      defer { unsetenv("HOSTILE_HOST_SECRET") }
      let run = try programs().run(
        "absent.c", ["\(other)/secret", other, "/proc/\(getpid())/environ", HostileTable.folder])
      #expect(run.result.outcome.reason == .exited(0), "\(run.output)")
      let variables = try programs().run("environment.c")
      #expect(variables.result.outcome.reason == .exited(0), "\(variables.output)")
    }

    /// Where a home could be; not below /tmp, which is the sandbox's own inside.
    private static let places: [String] = {
      let home = ProcessInfo.processInfo.environment["HOME"] ?? "/tmp"
      return ["/srv", "/var/lib"] + (home.hasPrefix("/tmp") ? [] : [home])
    }()

    @Test(
      "a program below a home brings the program, and not the home: found in PATH, or by a link in the hostile tree",
      arguments: [
        "PATH=$PWD/home/bin:$PATH; export PATH; cd tree; exec '%' run -- tool", "cd tree; exec '%' run -- ./run",
      ])
    func homeOfTool(script: String) throws {
      guard let base = Self.places.first(where: { access($0, W_OK) == 0 }) else {
        try Host.skip("row 20 needs a folder outside of /tmp and /usr that it may write")
      }
      let folder = "\(base)/belljar-hostile-\(getpid())"
      defer { try? FileManager.default.removeItem(atPath: folder) }
      for name in ["home/bin", "home/.ssh", "tree"] {
        try FileManager.default.createDirectory(atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
      }
      Folders.put("secret", at: "\(folder)/home/.ssh/key")
      Folders.put("#!/bin/sh\ncat \(folder)/home/.ssh/key\nexit 5\n", at: "\(folder)/home/bin/tool", mode: 0o755)
      try FileManager.default.createSymbolicLink(
        atPath: "\(folder)/tree/run", withDestinationPath: "\(folder)/home/bin/tool")
      let (_, text) = try Host.shell("cd \(folder); " + script.replacing("%", with: try Host.belljar()))
      #expect(!text.contains("secret"), "\(text)")
    }

    @Test("a folder that is shown read-only can't be written, by whatever name")
    func shownFolder() throws {
      let shown = try Folders.make(mode: 0o777)
      Folders.put("as it was", at: "\(shown)/file", mode: 0o666)
      let run = try programs().run(
        "readonly.c", ["\(shown)/file", shown], mounts: [Jar.Mount(.readOnly, source: shown)])
      #expect(run.result.outcome.reason == .exited(0), "\(run.output)")
      #expect(FileManager.default.contents(atPath: "\(shown)/file") == Data("as it was".utf8))
      #expect(try FileManager.default.contentsOfDirectory(atPath: shown) == ["file"])
    }

    @Test("no empty mount point is left in a folder of the host")
    func noMountPointIsLeft() throws {
      let (outer, inner) = (try Folders.make(mode: 0o777), try Folders.make())
      Folders.put("x", at: "\(inner)/file")
      let jar = Jar(
        policy: try Policy.builtIn("strict"), arguments: ["/bin/cat", "\(outer)/new/file"],
        mounts: [
          Jar.Mount(.writable, source: outer),
          Jar.Mount(.readOnly, source: inner, destination: "\(outer)/new"),
        ], budget: Budget(wall: .seconds(5)))
      let result = try Sandbox().run(jar)
      #expect(result.outcome.reason == .exited(0), "\(result.outcome.reason)")
      let left = try FileManager.default.contentsOfDirectory(atPath: outer)
      #expect(left.isEmpty, "\(left)")
    }

    @Test(
      "folders of a lower layer can be removed and renamed, and are as they were outside",
      .enabled(if: Folders.takesLayers, "the folder for temporary files takes no user attributes"))
    func lowerFolders() throws {
      let (lower, upper, work) = (try Folders.make(), try Folders.make(mode: 0o777), try Folders.make(mode: 0o777))
      for name in ["gone", "moved", "again"] {
        try FileManager.default.createDirectory(atPath: "\(lower)/\(name)/deep", withIntermediateDirectories: true)
        Folders.put("old", at: "\(lower)/\(name)/deep/file")
      }
      let identity = Identity.current
      if identity.privileged {
        let (status, text) = try Host.shell("chown -R \(identity.user):\(identity.group) \(lower) \(upper) \(work)")
        try #require(status == 0, "\(text)")
      }
      let mount = Jar.Mount(
        .overlay(layers: [lower], upper: upper, work: work), source: "/project", destination: "/project")
      let script = """
        cd /project && rm -rf gone && mv moved elsewhere && cat elsewhere/deep/file
        rm -rf again && mkdir -p again/deep && ls -A again/deep && ls
        """
      let result = try Sandbox().run(
        Jar(
          policy: try Policy.builtIn("strict"), arguments: ["/bin/sh", "-c", script], mounts: [mount],
          budget: Budget(wall: .seconds(10))))
      #expect(result.outcome.reason == .exited(0), "\(result.error.text)")
      #expect(result.output.text == "oldagain\nelsewhere\n")
      #expect(try FileManager.default.contentsOfDirectory(atPath: lower).sorted() == ["again", "gone", "moved"])
      #expect(FileManager.default.contents(atPath: "\(lower)/gone/deep/file") == Data("old".utf8))
    }

    @Test("neither an abstract socket of the host nor one in /tmp can be reached")
    func hostsSockets() throws {
      let path = try Folders.make(mode: 0o777) + "/socket"
      let name = "belljar-hostile-\(getpid())"
      let opened = try [(path, false), (name, true)].map { try listener($0.0, isAbstract: $0.1) }
      chmod(path, 0o777)
      defer { for fd in opened { close(fd) } }
      let run = try programs().run("unix.c", [path, "@" + name])
      #expect(run.result.outcome.reason == .exited(0), "\(run.output)")
    }

    private func listener(_ name: String, isAbstract: Bool) throws -> Int32 {
      let fd = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
      var address = sockaddr_un()
      address.sun_family = sa_family_t(AF_UNIX)
      let bytes = (isAbstract ? [0] : []) + Array(name.utf8)
      withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes.prefix(107)) }
      let size = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count)
      let bound = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(fd, $0, size) }
      }
      try #require(bound == 0 && listen(fd, 4) == 0, "errno \(errno)")
      return fd
    }

    @Test("a server on the host's loopback can't be reached", arguments: ["strict", "test", "build"])
    func hostsLoopback(policy: String) throws {
      let fd = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
      defer { close(fd) }
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
      var size = socklen_t(MemoryLayout<sockaddr_in>.size)
      let bound = withUnsafeMutablePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          bind(fd, $0, size) == 0 && listen(fd, 4) == 0 && getsockname(fd, $0, &size) == 0
        }
      }
      try #require(bound)
      let run = try programs().run(
        "network.c", ["\(UInt16(bigEndian: address.sin_port))"], policy: policy, budget: Budget(wall: .seconds(20)))
      #expect(run.result.outcome.reason == .exited(0), "\(run.output)")
    }
  }
}
