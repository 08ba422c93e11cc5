internal import Glibc
package import Sandbox
package import Workspace

/// What an agent left in its sandbox.
package struct AgentWork: Sendable {
  package let result: Sandbox.Result
  let upper: String
  let work: String

  /// The last line that it printed.
  package var note: String {
    let line = result.output.text.split(separator: "\n").last { !$0.allSatisfy(\.isWhitespace) }
    return String((line ?? "").suffix(300))
  }
}

extension Workbench {
  /// Runs a command agent on a copy-on-write view of the champion's tree: the prompt on stdin and in `$BELLJAR_PROMPT`.
  package func runAgent(
    _ step: HarnessStep, champion: Specimen, prompt: String, budget: Budget
  ) throws -> AgentWork {
    let upper = try newScratch("agent")
    let work = try newScratch("work")
    let told = try newScratch("prompt")
    defer { remove([told]) }
    let file = "\(told)/prompt.txt"
    let fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard fd >= 0 else { throw SandboxError("write", file, errno: errno) }
    let bytes = Array(prompt.utf8)
    let written = write(fd, bytes, bytes.count)
    close(fd)
    guard written == bytes.count else { throw SandboxError("write", file, "short write") }
    var limited = step
    limited.budget = budget.merged(over: step.budget)
    let result = try execute(
      limited, name: "agent", side: "ours", layers: champion.layers, upper: upper, work: work,
      environment: ["BELLJAR_PROMPT": "/prompt/prompt.txt"],
      extra: [Jar.Mount(.readOnly, source: told, destination: "/prompt")], input: .bytes(bytes))
    return AgentWork(result: result, upper: upper, work: work)
  }

  /// Reads what changed, as hostile input, and sorts it by the surface.
  package func readAgentWork(_ work: AgentWork, champion: Specimen) throws -> Classified {
    var ignoring: [TreePath] = harness.build.map { $0.outputs + $0.cache }.map { $0.compactMap { TreePath($0) } } ?? []
    for step in harness.steps.map(\.step) {
      ignoring += step.inputs.compactMap { $0.leavesProject ? nil : TreePath($0.source) }
    }
    let reading = try UpperLayer.read(
      folder: work.upper, base: champion.tree, store: store, ignoring: ignoring, now: Self.now())
    var classified = surface.classify(
      reading.changes, base: champion.tree, ignoredByGit: try ignoredByGit(reading.changes))
    for skipped in reading.skipped where surface.isEditable(skipped.path) { classified.litter.append(skipped.path) }
    return classified
  }

  package func release(_ work: AgentWork) { remove([work.upper, work.work]) }

  /// New paths that the checkout's own ignore rules leave out: litter, such as object files and caches.
  private func ignoredByGit(_ changes: Changes) throws -> (TreePath) -> Bool {
    let new = changes.paths.filter { base[$0] == nil }
    let ignored = try GitCommand.ignored(new, root: root)
    return { ignored.contains($0) }
  }
}
