internal import PolicyCompiler

/// Policies as Swift source of the `Sandbox` room.
enum CompiledSource {
  /// Filters are of the machine that builds: for another one, the source has none and they are compiled there.
  static func text(_ policies: [PolicyText]) throws -> String {
    var out =
      "// Written by compile-policies while the package was built, from policies/*.yaml.\n\nextension Policy {\n"
    out += "  static func compiled(_ name: String) -> Policy? {\n    switch name {\n"
    for each in policies {
      out += "    case \(literal(each.name)):\n      Policy(\n"
      out += "        name: \(literal(each.name)), about: \(literal(each.about)), show: \(list(each.show)),\n"
      out += "        proc: .\(each.proc), network: .\(each.network), calls: \(list(each.calls)),\n"
      out += "        budget: Budget(\(budget(each.budget))))\n"
    }
    out += "    default: nil\n    }\n  }\n}\n\n"
    out += "/// The filter of these groups, where it was made ahead.\n"
    out += "func compiledFilter(_ groups: [String]) -> [UInt64]? {\n  #if arch(\(architecture))\n"
    var filters = ""
    var seen: Set<[String]> = []
    for (index, each) in policies.enumerated() where seen.insert(each.calls).inserted {
      for (suffix, calls) in [("", each.calls), ("Pinned", each.calls + ["-sched_setaffinity"])] {
        let name = "filter\(index)\(suffix)"
        out += "    if groups == \(list(calls)) { return \(name) }\n"
        filters += "private let \(name): [UInt64] = [\n"
        filters += try words(SystemCallFilter.compile(groups: calls)) + "]\n"
      }
    }
    return out + "  #endif\n  return nil\n}\n\n" + filters
  }

  private static var architecture: String {
    #if arch(x86_64)
      "x86_64"
    #else
      "arm64"
    #endif
  }

  private static func budget(_ budget: BudgetText) -> String {
    func time(_ name: String, _ value: Duration?) -> String? {
      value.map {
        "\(name): .nanoseconds(\($0.components.seconds * 1_000_000_000 + $0.components.attoseconds / 1_000_000_000))"
      }
    }
    func number(_ name: String, _ value: Int?) -> String? { value.map { "\(name): \($0)" } }
    return [
      time("wall", budget.wall), time("grace", budget.grace), time("cpu", budget.cpu), number("memory", budget.memory),
      number("processes", budget.processes), number("disk", budget.disk), number("output", budget.output),
      number("fileSize", budget.fileSize), number("openFiles", budget.openFiles), number("cores", budget.cores),
    ]
    .compactMap(\.self).joined(separator: ", ")
  }

  private static func words(_ filter: [UInt64]) -> String {
    stride(from: 0, to: filter.count, by: 6).map { at in
      "  " + filter[at..<min(at + 6, filter.count)].map { "0x" + String($0, radix: 16) }.joined(separator: ", ") + ",\n"
    }
    .joined()
  }

  private static func list(_ values: [String]) -> String { "[" + values.map(literal).joined(separator: ", ") + "]" }

  private static func literal(_ text: String) -> String {
    "\"" + text.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : $0 == "\n" ? "\\n" : String($0) }.joined() + "\""
  }
}
