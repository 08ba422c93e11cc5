import BenchmarkTiming
import Glibc
import Sandbox

/// What runs inside, beside the same outside: work of the processor, a compilation, a walk over files, plain system calls.
struct Overhead {
  let sandbox: Sandbox
  /// The program of `benchmarks/overhead`.
  let work: String

  func run(rounds: Int) throws {
    var template = Array("/tmp/belljar-overhead-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { return print("overhead: no folder to be had in /tmp") }
    let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer { _ = spawn(["rm", "-rf", folder]) }
    chmod(folder, 0o755)
    for name in ["tree", "upper", "work"] { mkdir("\(folder)/\(name)", 0o777) }
    _ = spawn(["chmod", "777", "\(folder)/upper", "\(folder)/work"])
    _ = spawn(["cp", work, "\(folder)/work-program"])
    let script =
      "cd \(folder)/tree && for d in $(seq 100); do mkdir $d && (cd $d && seq -f f%g 1000 | xargs touch); done"
    _ = spawn(["sh", "-c", script])
    _ = spawn([
      "sh", "-c",
      "chown -R \(Identity.current.user):\(Identity.current.group) \(folder)/tree \(folder)/upper \(folder)/work",
    ])
    print("overhead, \(rounds) rounds, interleaved; \(machine()); ms")
    try compare("spin", ["\(folder)/work-program", "spin", "100000000"], folder, rounds, "strict", timed: true)
    try compare(
      "getppid x 10 M", ["\(folder)/work-program", "getppid", "10000000"], folder, rounds / 2, "strict", timed: true)
    try compare(
      "cc -O2 of one file", ["cc", "-O2", "-c", "-o", "/dev/null", "-x", "c", "\(folder)/source.c"], folder, rounds,
      "build")
    // A name that none has: what is printed would go to /dev/null on one side, and be kept on the other.
    try compare(
      "find, 100,000 files", ["find", "\(folder)/tree", "-name", "none"], folder, rounds, "strict", overlay: true)
    try compare(
      "find, 100,000 files, each looked at", ["find", "\(folder)/tree", "-size", "+1k"], folder, rounds, "strict",
      overlay: true)
  }

  private func compare(
    _ title: String, _ command: [String], _ folder: String, _ rounds: Int, _ policy: String, timed: Bool = false,
    overlay: Bool = false
  ) throws {
    if command[0] == "cc", let file = fopen("\(folder)/source.c", "w") {
      var source = "#include <stdio.h>\n"
      for index in 0..<200 {
        source +=
          "int f\(index)(int a, int b) { int s = 0; for (int i = a; i < b; i++) s += i % (\(index) + 1) ? i : s; return s; }\n"
      }
      fputs(source, file)
      fclose(file)
    }
    let sandbox = sandbox
    func inside(_ mount: Jar.Mount, hasSecondWall: Bool = true) throws -> () -> Double {
      var jar = Jar(policy: try Policy.builtIn(policy), arguments: command, mounts: [mount])
      jar.hasSecondWall = hasSecondWall
      return {
        guard let result = try? sandbox.run(jar), result.outcome.succeeded else { return .nan }
        if timed { return (Double(result.output.text.prefix { $0 != "\n" }) ?? .nan) / 1e6 }
        let wall = result.outcome.wall.components
        return Double(wall.seconds) * 1e3 + Double(wall.attoseconds) / 1e15
      }
    }
    var contenders = [
      Contender("bare") { timed ? printed(command) : spawn(["sh", "-c", "exec \"$@\" >/dev/null", "sh"] + command) },
      Contender("read-only bind", try inside(Jar.Mount(.readOnly, source: folder))),
      Contender("without Landlock", try inside(Jar.Mount(.readOnly, source: folder), hasSecondWall: false)),
    ]
    if overlay {
      if Identity.current.privileged { contenders.append(bareOverlay(command, folder)) }
      contenders.append(
        Contender(
          "overlay",
          try inside(
            Jar.Mount(
              .overlay(layers: ["\(folder)/tree"], upper: "\(folder)/upper", work: "\(folder)/work"),
              source: "\(folder)/tree",
              destination: "\(folder)/tree"))))
    }
    interleave(&contenders, rounds: rounds, warmup: 2, pause: 1000)
    show(title, contenders, reference: "bare", share: "of bare")
  }
}

/// The same over an overlay that nothing else surrounds: what is overlayfs's own share, as each mount looks each file up anew.
private func bareOverlay(_ command: [String], _ folder: String) -> Contender {
  let script = """
    mount -t overlay -o userxattr,lowerdir=\(folder)/tree,upperdir=\(folder)/upper,workdir=\(folder)/work \
      overlay \(folder)/tree && exec "$@" >/dev/null
    """
  return Contender("bare overlay") { spawn(["unshare", "-m", "sh", "-c", script, "sh"] + command) }
}

/// What a command prints of its own time (nanoseconds), in milliseconds.
func printed(_ command: [String]) -> Double {
  guard let stream = popen(command.joined(separator: " "), "r") else { return .nan }
  var line = [CChar](repeating: 0, count: 64)
  let isRead = fgets(&line, 64, stream) != nil
  return pclose(stream) == 0 && isRead ? Double(atoll(line)) / 1e6 : .nan
}
