internal import Egress
internal import Sandbox
internal import StrictYAML

/// The top of the file that every step inherits.
struct StepDefaults {
  var environment: [String: String] = [:]
  var inputs: [HarnessInput] = []
  var network = NetworkAccess.none
  var budget = Budget()
}

extension HarnessStep {
  static let keys = ["run", "dir", "env", "inputs", "network", "secrets", "policy", "budget"]

  /// Reads a step: a text, a list of arguments, or a mapping. `extra` names keys that the caller reads itself; `usual` is the
  /// command of a mapping without one.
  init(
    reading value: YAMLValue, policy: String, defaults: StepDefaults, extra: [String] = [], extraBudget: [String] = [],
    usual: HarnessCommand? = nil
  ) throws(YAMLError) {
    self.init(
      command: .direct([]), environment: defaults.environment, inputs: defaults.inputs, network: defaults.network,
      policy: .builtIn(policy), budget: defaults.budget)
    guard value.kind == .mapping else {
      command = try HarnessCommand(reading: value)
      return
    }
    let mapping = try value.mapping()
    try mapping.only(Self.keys + extra)
    if let usual, mapping["run"] == nil {
      command = usual
    } else {
      command = try HarnessCommand(reading: mapping.require("run"))
    }
    if let value = mapping["dir"] { folder = try value.insidePath() }
    if let value = mapping["env"] { environment.merge(try value.environment()) { $1 } }
    if let value = mapping["inputs"] { inputs += try value.inputs() }
    if let value = mapping["network"] { network = try value.network() }
    if let value = mapping["secrets"] { secrets = try value.variableNames() }
    if let value = mapping["policy"] { self.policy = try value.policy() }
    if let value = mapping["budget"] {
      budget = try Budget(reading: value, extra: extraBudget).merged(over: defaults.budget)
    }
  }
}

extension HarnessCommand {
  init(reading value: YAMLValue) throws(YAMLError) {
    let wanted = "a command: a text, or a list of arguments"
    switch value.kind {
    case .scalar:
      let text = try value.string()
      guard text.contains(where: { !$0.isWhitespace }) else { throw value.expected(wanted) }
      self = HarnessCommand(text)
    case .list:
      let arguments = try value.strings()
      guard let program = arguments.first, !program.isEmpty else { throw value.expected(wanted) }
      self = .direct(arguments)
    case .mapping, .null: throw value.expected(wanted)
    }
  }
}

extension YAMLValue {
  /// Names and values of environment variables.
  func environment() throws(YAMLError) -> [String: String] {
    var variables: [String: String] = [:]
    for (key, value) in try mapping().entries {
      let name = try key.variableName()
      variables[name] = value.isNull ? "" : try value.string()
    }
    return variables
  }

  /// A name that an environment variable may have and that Belljar does not set itself.
  func variableName() throws(YAMLError) -> String {
    let name = try string()
    let letters = name.unicodeScalars.allSatisfy {
      $0 == "_" || ("a"..."z").contains($0) || ("A"..."Z").contains($0) || ("0"..."9").contains($0)
    }
    guard letters, let first = name.unicodeScalars.first, !("0"..."9").contains(first) else {
      throw expected("a variable's name of letters, digits and '_'")
    }
    guard !name.hasPrefix("BELLJAR_") else {
      throw error("names that start with BELLJAR_ are Belljar's own; found \(found)")
    }
    return name
  }

  func variableNames() throws(YAMLError) -> [String] {
    guard kind == .list else { return [try variableName()] }
    var names: [String] = []
    for item in try list() { names.append(try item.variableName()) }
    return names
  }

  /// A relative path that stays inside its folder.
  func insidePath() throws(YAMLError) -> String {
    let path = try string()
    guard !path.isEmpty, !path.hasPrefix("/"), !path.hasPrefix("~"), !path.split(separator: "/").contains("..") else {
      throw expected("a relative path inside the tree, without '..'")
    }
    return path
  }

  func insidePaths() throws(YAMLError) -> [String] {
    guard kind == .list else { return [try insidePath()] }
    var paths: [String] = []
    for item in try list() { paths.append(try item.insidePath()) }
    return paths
  }

  func inputs() throws(YAMLError) -> [HarnessInput] {
    var inputs: [HarnessInput] = []
    for item in kind == .list ? try list() : [self] {
      let parts = try item.string().split(separator: ":", omittingEmptySubsequences: false).map(String.init)
      let (source, destination) = (parts[0], parts.count > 1 ? parts[1] : nil)
      guard parts.count <= 2, !source.isEmpty, destination != "",
        destination?.split(separator: "/").contains("..") != true
      else { throw item.expected("a path to show, as 'SRC' or 'SRC:DST' (DST without '..')") }
      inputs.append(HarnessInput(source: source, destination: destination))
    }
    return inputs
  }

  func network() throws(YAMLError) -> NetworkAccess {
    guard kind == .list else {
      switch try string() {
      case "none": return .none
      case "open": return .open
      case let text:
        let hint = Nearest.name(to: text, among: ["none", "open"]).map { "; did you mean '\($0)'?" } ?? ""
        throw expected("none, open, or a list of hosts such as [example.com, '*.example.org']").appending(hint)
      }
    }
    var hosts: [String] = []
    for item in try list() {
      let text = try item.string()
      do { hosts.append("\(try HostPattern(text))") } catch { throw item.error("\(error)") }
    }
    guard !hosts.isEmpty else { throw expected("at least one host, or none") }
    return .hosts(hosts)
  }

  /// A built-in policy's name, or a path to a policy file.
  func policy() throws(YAMLError) -> PolicyChoice {
    let text = try string()
    if PolicyChoice.builtInNames.contains(text) { return .builtIn(text) }
    if text.contains("/") || text.hasSuffix(".yaml") { return .file(text) }
    let names = PolicyChoice.builtInNames
    let hint = Nearest.name(to: text, among: names).map { "; did you mean '\($0)'?" } ?? ""
    throw expected("\(names.joined(separator: ", ")), or a path to a policy file").appending(hint)
  }
}

extension YAMLError {
  func appending(_ text: String) -> YAMLError {
    YAMLError(file: file, line: line, column: column, message: message + text)
  }
}
