import FoundationEssentials
import Glibc
import Sandbox
import Testing

@Suite("What is shown") struct MountTests {
  /// A folder below /tmp that the sandbox's user can read, and may write where it is asked.
  private func folder(writable: Bool = false) throws -> String {
    let path = "/tmp/belljar-test-\(getpid())-\(UInt32.random(in: 0 ... .max))"
    try #require(mkdir(path, 0o755) == 0)
    if writable { chmod(path, 0o777) }
    return path
  }

  private func put(_ path: String, _ text: String) {
    _ = FileManager.default.createFile(atPath: path, contents: Data(text.utf8))
    chmod(path, 0o644)
  }

  @Test("a folder is shown at its own path, read-only")
  func readOnly() throws {
    let path = try folder(writable: true)
    defer { try? FileManager.default.removeItem(atPath: path) }
    put("\(path)/a", "hello")
    let (_, output, _) = try Jars.run(
      "cat \(path)/a; (: > \(path)/b) 2>/dev/null || echo ' refused'", mounts: [Jar.Mount(.readOnly, source: path)])
    #expect(output == "hello refused\n")
  }

  @Test("a writable folder takes what is written")
  func writable() throws {
    let path = try folder(writable: true)
    defer { try? FileManager.default.removeItem(atPath: path) }
    _ = try Jars.run("echo new > \(path)/b", mounts: [Jar.Mount(.writable, source: path)])
    #expect(FileManager.default.contents(atPath: "\(path)/b") == Data("new\n".utf8))
  }

  @Test("writes over layers land in the upper folder, and the layers stay as they are")
  func overlay() throws {
    let lower = try folder()
    let upper = try folder(writable: true)
    let work = try folder(writable: true)
    defer { for path in [lower, upper, work] { removeTree(path) } }
    let identity = Identity.current
    if identity.privileged { for path in [lower, upper, work] { chown(path, identity.user, identity.group) } }
    put("\(lower)/keep", "old")
    put("\(lower)/gone", "old")
    if identity.privileged {
      for name in ["keep", "gone"] { chown("\(lower)/\(name)", identity.user, identity.group) }
    }
    let mount = Jar.Mount(
      .overlay(layers: [lower], upper: upper, work: work), source: "/project", destination: "/project")
    let (outcome, output, error) = try Jars.run(
      "cd /project && echo new > keep && rm gone && mkdir d && echo x > d/y && ls | tr '\\n' ' '", mounts: [mount])
    #expect(outcome.reason == .exited(0), "\(error)")
    #expect(output == "d keep ")
    #expect(FileManager.default.contents(atPath: "\(lower)/keep") == Data("old".utf8))
    #expect(FileManager.default.contents(atPath: "\(upper)/keep") == Data("new\n".utf8))
    #expect(FileManager.default.contents(atPath: "\(upper)/d/y") == Data("x\n".utf8))
  }

  @Test("layers that need not outlive a power cut are as others, one sandbox after the other")
  func volatileOverlay() throws {
    let place = try folder()
    defer { removeTree(place) }
    let folders = ["lower", "upper", "work"].map { "\(place)/\($0)" }
    let identity = Identity.current
    for path in folders {
      mkdir(path, 0o755)
      if identity.privileged { chown(path, identity.user, identity.group) }
    }
    var mount = Jar.Mount(
      .overlay(layers: [folders[0]], upper: folders[1], work: folders[2]), source: "/project", destination: "/project")
    // Also by turns with those that must: the mark that a volatile mount leaves keeps no other out.
    for (number, isVolatile) in [true, true, false, true].enumerated() {
      mount.isVolatile = isVolatile
      let (outcome, output, error) = try Jars.run(
        "cd /project && echo \(number) >> n && sync n && grep -c . n; grep -c ' /project overlay.*volatile' /proc/self/mounts || :",
        mounts: [mount])
      #expect(outcome.reason == .exited(0), "\(error)")
      #expect(output == "\(number + 1)\n\(isVolatile ? 1 : 0)\n")
    }
    #expect(FileManager.default.contents(atPath: "\(folders[1])/n") == Data("0\n1\n2\n3\n".utf8))
  }

  @Test("a link at a mount point leads nowhere outside")
  func hostileLink() throws {
    let tree = try folder()
    let secret = try folder(writable: true)
    defer { for path in [tree, secret] { try? FileManager.default.removeItem(atPath: path) } }
    symlink(secret, "\(tree)/inner")
    let input = try folder()
    defer { try? FileManager.default.removeItem(atPath: input) }
    let result = try Sandbox().run(
      Jars.shell(
        "true",
        mounts: [
          Jar.Mount(.readOnly, source: tree),
          Jar.Mount(.writable, source: input, destination: "\(tree)/inner/new"),
        ]))
    guard case .notStarted = result.outcome.reason else {
      Issue.record("\(result.outcome.reason)")
      return
    }
    #expect((try? FileManager.default.contentsOfDirectory(atPath: secret)) == [])
  }

  @Test("a hundred launches from four threads all come out right")
  func parallel() async throws {
    let sandbox = try Sandbox()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for worker in 0..<4 {
        group.addTask {
          for run in 0..<25 {
            let result = try sandbox.run(Jars.shell("echo \(worker)-\(run); exit \(run)"))
            #expect(result.outcome.reason == .exited(Int32(run)))
            #expect(result.output.text == "\(worker)-\(run)\n")
          }
        }
      }
      try await group.waitForAll()
    }
  }
}
