internal import Glibc
internal import Policies
internal import PolicyCompiler

/// `compile-policies FILE`: writes the built-in policies as Swift source, so that no start of Belljar has to read YAML or to
/// compile a filter.
@main struct CompilePoliciesTool {
  static func main() {
    guard CommandLine.arguments.count == 2 else { fail("usage: compile-policies FILE") }
    let path = CommandLine.arguments[1]
    do {
      let source = try CompiledSource.text(BuiltInPolicies.names.map(policy))
      guard let file = fopen(path, "w") else { fail("\(path): \(String(cString: strerror(errno)))") }
      let isWritten = fputs(source, file) >= 0
      guard fclose(file) == 0, isWritten else { fail("\(path): \(String(cString: strerror(errno)))") }
    } catch { fail("\(error)") }
  }

  private static func policy(_ name: String) throws -> PolicyText {
    try PolicyText(yaml: BuiltInPolicies.text(named: name) ?? "", file: "policies/\(name).yaml", read: { _ in nil })
  }

  private static func fail(_ message: String) -> Never {
    let text = Array("compile-policies: \(message)\n".utf8)
    write(2, text, text.count)
    exit(1)
  }
}
