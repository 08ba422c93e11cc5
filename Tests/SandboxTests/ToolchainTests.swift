import Glibc
import Sandbox
import Testing

/// What a command resolves to is shown by itself, and it finds what belongs to it. Offline, under `build`.
@Suite("Toolchains") struct ToolchainTests {
  private static func has(_ name: String) -> Bool {
    (getenv("PATH").map { String(cString: $0) } ?? "").split(separator: ":").contains {
      access("\($0)/\(name)", X_OK) == 0
    }
  }

  private func run(_ script: String, programs: [String]) throws -> Sandbox.Result {
    var jar = Jar(
      policy: try Policy.builtIn("build"), arguments: ["/bin/sh", "-c", "cd /tmp && \(script)"],
      budget: Budget(wall: .seconds(60)))
    jar.programs = programs
    return try Sandbox().run(jar)
  }

  private func expect(_ output: String, of script: String, programs: [String]) throws {
    let result = try run(script, programs: programs)
    #expect(result.outcome.reason == .exited(0), "\(result.error.text)")
    #expect(result.output.text.contains(output), "\(result.output.text)")
  }

  @Test("gcc and make", .enabled(if: has("gcc") && has("make"), "needs gcc and make"))
  func compiler() throws {
    try expect(
      "built",
      of:
        "printf 'int main(void){return 0;}' > a.c && printf 'a: a.c\\n\\tgcc -o a a.c\\n' > Makefile && make && ./a && echo built",
      programs: ["gcc", "make"])
  }

  @Test("cargo, by rustup or not", .enabled(if: has("cargo"), "needs cargo"))
  func rust() throws {
    try expect(
      "1 passed",
      of: "mkdir -p p/src && cd p && printf '[package]\\nname=\"p\"\\nversion=\"0.1.0\"\\n' > Cargo.toml && "
        + "printf '#[test] fn one() {}' > src/lib.rs && cargo test --offline",
      programs: ["cargo"])
  }

  @Test("java and its compiler", .enabled(if: has("javac"), "needs a JDK"))
  func java() throws {
    try expect(
      "hello",
      of:
        "printf 'class T{public static void main(String[] a){System.out.println(\"hello\");}}' > T.java && javac T.java && java T",
      programs: ["javac", "java"])
  }

  @Test("node", .enabled(if: has("node"), "needs node"))
  func node() throws { try expect("3", of: "node -e 'console.log(1 + 2)'", programs: ["node"]) }

  @Test("a Python virtual environment", .enabled(if: access("/usr/bin/python3", X_OK) == 0, "needs python3"))
  func python() throws {
    try expect(
      "(True, 0)",
      of: "python3 -m venv --without-pip v && v/bin/python -c 'import sys, subprocess; "
        + "print((sys.prefix != sys.base_prefix, subprocess.call([\"true\"])))'",
      programs: ["python3"])
  }

  @Test("git and perl", .enabled(if: has("git") && has("perl"), "needs git and perl"))
  func git() throws {
    try expect(
      "one",
      of: "git init -q r && cd r && echo 1 > f && git add f && git -c user.name=a -c user.email=b commit -qm one && "
        + "git log --format=%s | perl -pe 's/x/y/'",
      programs: ["git", "perl"])
  }
}
