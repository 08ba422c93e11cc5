import BenchmarkTiming
import Glibc
import Harness
import Sandbox
import Workspace

/// A scorer of kind exit-code on /bin/true, beside the bare launch of it.
struct Evaluations {
  /// What an evaluation may take more than a launch, in milliseconds.
  private static let bar = 1.0
  private static let harness = """
    name: overhead
    surface: {editable: ["src/**"]}
    scorers: [{name: works, kind: exit-code, role: gate, run: /bin/true}]
    """

  /// Returns whether the bar is met.
  func run(rounds: Int) throws -> Bool {
    var template = Array("/tmp/belljar-evaluation-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw SandboxError("make", "a folder in /tmp", errno: errno) }
    let place = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer { try? TreeRemoval.removeTree(place) }
    let folder = "\(place)/project"
    for path in [folder, "\(folder)/src"] { mkdir(path, 0o755) }
    try write(Self.harness, "\(folder)/belljar.yaml")
    try write("a\n", "\(folder)/src/a")
    let bench = try Workbench(
      harness: HarnessFile.load(path: "\(folder)/belljar.yaml"), folder: folder, root: folder,
      state: StateFolder(checkout: folder, environment: ["XDG_STATE_HOME": "\(place)/state"]),
      cancellation: Cancellation())
    let jar = Jar(policy: try Policy.builtIn("strict"), arguments: ["/bin/true"])
    let mounted = try mountedJar(jar, place, tree: folder)
    let scorer = bench.harness.scorers[0]
    let baseline = bench.baseline()
    var contenders = [
      Contender("launch") {
        let begun = now()
        let isGood = (try? bench.sandbox.run(jar).outcome.succeeded) ?? false
        return isGood ? now() - begun : .nan
      },
      // What the kernel takes for the mounts that an evaluation needs, whoever makes them.
      Contender("launch with its mounts") {
        let begun = now()
        let isGood = (try? bench.sandbox.run(mounted).outcome.succeeded) ?? false
        return isGood ? now() - begun : .nan
      },
      Contender("evaluation") {
        let begun = now()
        let passed = (try? bench.evaluate(scorer, baseline, seed: 1).passed) ?? false
        let time = now() - begun
        _ = bench.takeRuns()
        return passed ? time : .nan
      },
      Contender("with the candidate's layer") {
        // What a loop does for each proposal, from its changed file on.
        let begun = now()
        let passed = (try? Self.candidate(bench, scorer)) ?? false
        let time = now() - begun
        _ = bench.takeRuns()
        return passed ? time : .nan
      },
    ]
    interleave(&contenders, rounds: rounds, warmup: 10, pause: 2000)
    show(
      "an evaluation with one exit-code scorer, /bin/true, interleaved; \(machine()); ms", contenders,
      reference: "launch", share: "of launch")
    let overhead = contenders[2].median - contenders[0].median
    let isMet = contenders.allSatisfy { $0.times.count == rounds } && overhead <= Self.bar
    print(
      "an evaluation takes \(fixed(overhead)) ms more than a launch: the bar of \(fixed(Self.bar)) ms is "
        + "\(isMet ? "met" : "MISSED"); \(fixed(contenders[1].median - contenders[0].median)) ms of it are its mounts\n"
    )
    return isMet
  }

  /// The same command on a copy-on-write tree and with a folder for its outputs, both used again and again.
  private func mountedJar(_ jar: Jar, _ place: String, tree: String) throws -> Jar {
    let (upper, work, out) = ("\(place)/upper", "\(place)/work", "\(place)/out")
    for folder in [upper, work, out] {
      guard mkdir(folder, 0o700) == 0, chown(folder, Identity.current.user, Identity.current.group) == 0 else {
        throw SandboxError("make", folder, errno: errno)
      }
    }
    var jar = jar
    jar.directory = tree
    var copy = Jar.Mount(.overlay(layers: [tree], upper: upper, work: work), source: tree, destination: tree)
    copy.isVolatile = true
    jar.mounts = [copy, Jar.Mount(.writable, source: out, destination: "/out")]
    return jar
  }

  private static func candidate(_ bench: Workbench, _ scorer: HarnessScorer) throws -> Bool {
    guard let path = TreePath("src/a") else { return false }
    let bytes = Array("b\n".utf8)
    var changes = Changes()
    changes[path] = .write(Entry(.file(try bench.store.put(bytes), executable: false, size: bytes.count), modified: 1))
    let specimen = try bench.build(bench.specimen("candidate", changes: changes), cache: nil)
    defer { bench.discard(specimen) }
    return try bench.evaluate(scorer, specimen, seed: 1).passed == true
  }

  private func write(_ text: String, _ path: String) throws {
    guard let file = fopen(path, "w") else { throw SandboxError("write", path, errno: errno) }
    fputs(text, file)
    fclose(file)
  }
}
