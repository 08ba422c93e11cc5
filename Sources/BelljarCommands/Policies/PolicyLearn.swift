internal import ArgumentParser
internal import Glibc
internal import Sandbox

/// `belljar policy learn -- COMMAND`: the smallest policy under which a command runs.
struct PolicyLearn: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "learn", abstract: "Watch a command and write the smallest policy that it needs.",
    discussion: """
      The command runs sealed as under 'build', but each unusual call is let through and written down. Only for commands
      that you trust. The run is slower: about 30 microseconds for each file that is opened.

        belljar policy learn --output make.yaml --bind . -- make
        belljar run --policy make.yaml --bind . -- make
      """)

  @Option(help: ArgumentHelp("The policy file to write.", valueName: "file")) var output = "learned.yaml"
  @Flag(help: "Overwrite the file.") var force = false
  @OptionGroup var shown: ShownOptions
  @Argument(parsing: .postTerminator, help: "The command and its arguments, after --.") var command: [String] = []

  func validate() throws {
    if command.isEmpty {
      throw ValidationError("a command is needed after '--', such as: belljar policy learn -- make test")
    }
  }

  func run() {
    var request = shown.request(policy: "build")
    request.command = command
    let learned: (result: Sandbox.Result, policy: LearnedPolicy)
    do {
      let descriptor = open(output, O_WRONLY | O_CREAT | O_CLOEXEC | (force ? O_TRUNC : O_EXCL), 0o644)
      guard descriptor >= 0 else {
        throw SandboxError(
          "write policy", output, errorText(errno) + (force ? "" : "; --force overwrites"))
      }
      defer { close(descriptor) }
      let jar = try request.makeJar()
      learned = try Sandbox(forked: (), restingFor: .machine).learn(
        jar, name: Self.name(output), input: .descriptor(0), output: .passed(output: 1, error: 2),
        cancellation: Interrupts.cancellation())
      let bytes = Array(learned.policy.yaml.utf8)
      guard write(descriptor, bytes, bytes.count) == bytes.count else {
        throw SandboxError("write policy", output, errno: errno)
      }
    } catch { Exit.failure("belljar policy learn: \(error)", code: 125) }
    Sandbox.cleanUp()
    Exit.note("belljar policy learn: wrote \(output); the command \(learned.result.outcome.reason)")
    if !learned.policy.refused.isEmpty {
      Exit.note(
        "belljar policy learn: refused, as no policy allows it: \(learned.policy.refused.joined(separator: ", "))")
    }
    Exit.now(OutcomeText.exitCode(learned.result.outcome))
  }

  /// The file's name without folders and ending.
  private static func name(_ file: String) -> String {
    let last = file.split(separator: "/").last.map(String.init) ?? "learned"
    return last.hasSuffix(".yaml") ? String(last.dropLast(5)) : last
  }
}
