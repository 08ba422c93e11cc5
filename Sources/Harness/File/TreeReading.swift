internal import StrictYAML
internal import Workspace

extension HarnessTree {
  init(reading value: YAMLValue) throws(YAMLError) {
    let mapping = try value.mapping()
    try mapping.only(["root", "only"])
    self.init()
    if let value = mapping["root"] {
      root = try value.string()
      guard !root.isEmpty, !root.hasPrefix("/"), !root.hasPrefix("~") else {
        throw value.expected("a path relative to the harness file's folder")
      }
    }
    if let value = mapping["only"] { only = try value.patterns(atLeastOne: true) }
  }
}

extension HarnessSurface {
  init(reading value: YAMLValue) throws(YAMLError) {
    let mapping = try value.mapping()
    try mapping.only(["editable", "hidden", "outside", "limit"])
    self.init(editable: try mapping.require("editable").patterns(atLeastOne: true))
    if let value = mapping["hidden"] { hidden = try value.patterns(atLeastOne: false) }
    if let value = mapping["outside"] { outside = try value.choice(Outside.self) }
    if let value = mapping["limit"] {
      let limit = try value.mapping()
      try limit.only(["files", "bytes"])
      if let value = limit["files"] { fileLimit = try value.integer(in: 1...1_000_000) }
      byteLimit = try limit["bytes"].read(YAMLValue.positiveByteCount)
    }
  }
}

extension HarnessSetup {
  init(reading value: YAMLValue, _ defaults: StepDefaults) throws(YAMLError) {
    let step = try HarnessStep(reading: value, policy: "build", defaults: defaults, extra: ["files"])
    let mapping = value.kind == .mapping ? try value.mapping() : nil
    self.init(step: step, files: try mapping?["files"].read(YAMLValue.insidePaths) ?? [])
  }
}

extension HarnessBuild {
  init(reading value: YAMLValue, _ defaults: StepDefaults) throws(YAMLError) {
    let step = try HarnessStep(reading: value, policy: "build", defaults: defaults, extra: ["outputs", "cache"])
    let mapping = value.kind == .mapping ? try value.mapping() : nil
    self.init(
      step: step, outputs: try mapping?["outputs"].read(YAMLValue.insidePaths) ?? [],
      cache: try mapping?["cache"].read(YAMLValue.insidePaths) ?? [])
  }
}

extension YAMLValue {
  /// Patterns of paths inside the tree; one that starts with `!` takes out.
  func patterns(atLeastOne: Bool) throws(YAMLError) -> [String] {
    var patterns: [String] = []
    for item in kind == .list ? try list() : [self] {
      let pattern = try item.string()
      let path = pattern.drop { $0 == "!" }
      guard !path.isEmpty, !path.hasPrefix("/"), !path.split(separator: "/").contains("..") else {
        throw item.expected("a pattern relative to the tree's root, without '..'")
      }
      do throws(WorkspaceError) {
        _ = try Glob(String(path))
      } catch {
        throw item.error("\(error)")
      }
      patterns.append(pattern)
    }
    guard !atLeastOne || patterns.contains(where: { !$0.hasPrefix("!") }) else {
      throw expected("at least one pattern that names files")
    }
    return patterns
  }

  /// A name that is fit for a report, a file and a command line.
  func label() throws(YAMLError) -> String {
    let text = try string()
    let fits = text.unicodeScalars.allSatisfy {
      $0.properties.isAlphabetic || ("0"..."9").contains($0) || "-_. ".unicodeScalars.contains($0)
    }
    guard fits, !text.isEmpty, text.count <= 80, text.first != "-", text.first != "." else {
      throw expected("a name of letters, digits, '-', '_', '.' and spaces, not longer than 80")
    }
    return text
  }
}
