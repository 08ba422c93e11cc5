internal import ArgumentParser
internal import Glibc
internal import Sandbox
internal import ScorerTemplates

/// `belljar scorer new`: a scorer, its harness, a small project and candidates, in a new folder.
struct ScorerNewCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "new", abstract: "Write a scorer with its harness, a small project and four candidates.",
    discussion: """
        belljar scorer new packing
        belljar scorer test packing

      The folder is new: nothing is overwritten. It runs as it stands; put your own in its place bit by bit.
      """)
  @Argument(help: "The folder's name, and the harness's.") var name: String
  @Option(help: "What the scorer is written in: python, sh or swift.") var language: ScorerTemplate.Language = .python
  @Option(
    help:
      "command: a number that your script computes; benchmark: times; tests: a test suite's report (python only); judge: what a model says by your rubric."
  )
  var kind: ScorerTemplate.Kind = .command

  func validate() throws {
    let fits = name.utf8.allSatisfy { byte in
      (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
        || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || [45, 46, 95].contains(byte)
    }
    guard fits, !name.isEmpty, name.count <= 80, name.first != "-", name.first != "." else {
      throw ValidationError("a name is made of letters, digits, '-', '_' and '.', and is not longer than 80")
    }
    if let refusal = template.refusal { throw ValidationError(refusal) }
  }

  private var template: ScorerTemplate { ScorerTemplate(name: name, language: language, kind: kind) }

  func run() throws {
    let files = template.files
    do {
      let folder = try HostPath.absolute(name)
      guard mkdir(folder, 0o755) == 0 else {
        let why = errno == EEXIST ? "it is there already, and nothing is overwritten" : errorText(errno)
        throw SandboxError("make", folder, why)
      }
      for file in files { try write(file, in: folder) }
    } catch { Exit.failure("belljar scorer new: \(error)", code: 1) }
    for file in files { print("\(name)/\(file.path)") }
    let steps =
      [template.firstStep].compactMap { $0 } + [
        "belljar scorer test \(name)    # what becomes of the candidates, and what is wrong",
        "belljar score --explain --harness \(name)    # the scores of the project as it is",
        "belljar loop --harness \(name)    # \(template.kind == .judge ? "a model rewrites it" : "a built-in agent improves it")",
      ]
    print("\nnext:\n" + steps.map { "  \($0)\n" }.joined(), terminator: "")
    let own = template.ownFiles.joined(separator: ", ")
    print("then change \(own), src/ and candidates/ for your own; docs/scorers.md says how")
  }

  private func write(_ file: ScorerTemplate.File, in folder: String) throws {
    let path = "\(folder)/\(file.path)"
    var made = folder
    for part in file.path.split(separator: "/").dropLast() {
      made += "/\(part)"
      guard mkdir(made, 0o755) == 0 || errno == EEXIST else {
        throw SandboxError("make", made, errno: errno)
      }
    }
    try HostPath.write(file.text, to: path)
    guard !file.isExecutable || chmod(path, 0o755) == 0 else {
      throw SandboxError("make executable", path, errno: errno)
    }
  }
}

extension ScorerTemplate.Language: ExpressibleByArgument {}
extension ScorerTemplate.Kind: ExpressibleByArgument {}
