import BenchmarkTiming
import Glibc
import Sandbox

/// Launches /bin/true many times and counts what is there before and after: anything that grows is a leak.
struct Soak {
  let sandbox: Sandbox

  /// What a launch could leave behind, by name.
  private func census() -> [(name: String, count: Int)] {
    [
      ("descriptors of this process", names("/proc/self/fd").count),
      ("processes of the machine", processes().count),
      ("namespaces in use", namespaces().count),
      ("mounts", lines("/proc/self/mountinfo")),
      ("belljar entries in /tmp", names("/tmp").count { $0.hasPrefix("belljar") }),
      ("System V shared memory", lines("/proc/sysvipc/shm") - 1),
    ]
  }

  /// Returns whether nothing has grown. Work of the kernel's own may add a process or two for a moment.
  func run(_ launches: Int) throws -> Bool {
    let jar = Jar(policy: try Policy.builtIn("strict"), arguments: ["/bin/true"])
    for _ in 0..<50 { _ = try sandbox.run(jar) }
    sleep(1)
    let before = census()
    var failed = 0
    for _ in 0..<launches where try !sandbox.run(jar).outcome.succeeded { failed += 1 }
    // Network namespaces are taken down in the background.
    sleep(3)
    let after = census()
    print("\(launches) launches of /bin/true, \(failed) failed")
    var hasGrown = false
    for (old, new) in zip(before, after) {
      let isMore = new.count > old.count + (old.name.hasPrefix("processes") ? 5 : 0)
      if isMore { hasGrown = true }
      print("  \(padded(old.name, 30))\(padded("\(old.count)", 8))\(padded("\(new.count)", 8))\(isMore ? "GREW" : "")")
    }
    return failed == 0 && !hasGrown
  }

  private func processes() -> [String] { names("/proc").filter { Int($0) != nil } }

  private func namespaces() -> Set<String> {
    var found: Set<String> = []
    for pid in processes() {
      for kind in ["user", "pid", "mnt", "net", "ipc", "uts", "cgroup"] {
        var target = [CChar](repeating: 0, count: 64)
        let length = readlink("/proc/\(pid)/ns/\(kind)", &target, 63)
        if length > 0 {
          found.insert(String(decoding: target.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self))
        }
      }
    }
    return found
  }

  private func names(_ folder: String) -> [String] {
    guard let stream = opendir(folder) else { return [] }
    defer { closedir(stream) }
    var found: [String] = []
    while let entry = readdir(stream) {
      found.append(
        withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) })
    }
    return found
  }

  private func lines(_ path: String) -> Int {
    guard let file = fopen(path, "r") else { return 0 }
    defer { fclose(file) }
    var count = 0
    var next = fgetc(file)
    while next != EOF {
      if next == 10 { count += 1 }
      next = fgetc(file)
    }
    return count
  }
}
