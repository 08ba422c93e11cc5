internal import Yams

extension YAMLValue {
  /// Reads a YAML file's text: one document, without duplicate keys, tags or merge keys, and with few aliases.
  ///
  /// - Throws: `YAMLError` with the place of the first thing that is wrong; also for an empty file.
  package init(parsing text: String, file: String) throws(YAMLError) {
    if let problem = Limits.problem(of: text, file: file) { throw problem }
    let root: Node?
    do {
      root = try Yams.compose(yaml: text, .basic, .default, .utf8)
    } catch {
      throw YAMLError(error, text: text, file: file)
    }
    guard let root else { throw YAMLError(file: file, line: 1, column: 1, message: "the file is empty") }
    var reader = NodeReader(file: file)
    self = try reader.value(root, path: "")
    guard !isNull else { throw error("the file is empty") }
  }
}

/// Turns Yams's nodes into values and stops aliases from growing without bound.
private struct NodeReader {
  let file: String
  var remaining = Limits.values

  mutating func value(_ node: Node, path: String) throws(YAMLError) -> YAMLValue {
    remaining -= 1
    let place = YAMLValue(node.mark, file: file, path: path, content: .list([]))
    guard remaining > 0 else { throw place.error("more than \(Limits.values) values; aliases expand too far") }
    try check(node.tag.description, of: node, at: place)
    switch node {
    case .scalar(let scalar):
      guard !scalar.string.utf8.contains(0) else { throw place.error("a NUL character is not allowed") }
      let plain = scalar.style == .plain || scalar.style == .any
      return YAMLValue(node.mark, file: file, path: path, content: .scalar(scalar.string, plain: plain))
    case .sequence(let sequence):
      var items: [YAMLValue] = []
      for item in sequence { items.append(try value(item, path: "\(path)[\(items.count)]")) }
      return YAMLValue(node.mark, file: file, path: path, content: .list(items))
    case .mapping(let mapping):
      var entries: [(key: YAMLValue, value: YAMLValue)] = []
      for (keyNode, valueNode) in mapping {
        let key = try value(keyNode, path: path)
        guard case .scalar(let name, let plain) = key.content else { throw key.expected("a name as the key") }
        if plain, name == "<<" { throw key.error("merge keys ('<<') are not read; write the entries out") }
        entries.append((key, try value(valueNode, path: Self.join(path, name))))
      }
      return YAMLValue(node.mark, file: file, path: path, content: .mapping(entries))
    case .alias:
      throw place.error("an alias that names nothing")
    }
  }

  /// Tags are refused because an unquoted `!src/x` of a list of patterns would otherwise quietly become an empty text.
  private func check(_ tag: String, of node: Node, at place: YAMLValue) throws(YAMLError) {
    let known = ["", "!", "tag:yaml.org,2002:str", "tag:yaml.org,2002:seq", "tag:yaml.org,2002:map"]
    guard !known.contains(tag) else { return }
    throw place.error("'\(tag)' reads as a YAML tag, and tags are not read; for a text that starts with '!' use quotes")
  }

  private static func join(_ path: String, _ name: String) -> String {
    let simple = name.unicodeScalars.allSatisfy {
      $0.isASCII && ($0.properties.isAlphabetic || ("0"..."9").contains($0) || $0 == "-" || $0 == "_")
    }
    let part = simple && !name.isEmpty ? name : YAMLValue.quoted(name)
    return path.isEmpty ? part : "\(path).\(part)"
  }
}

extension YAMLValue {
  fileprivate init(_ mark: Mark?, file: String, path: String, content: Content) {
    self.init(file: file, line: mark?.line ?? 1, column: mark?.column ?? 1, path: path, content: content)
  }
}

extension YAMLError {
  /// What Yams threw, as one line with a place.
  fileprivate init(_ error: any Error, text: String, file: String) {
    var (line, column, message) = (1, 1, "the YAML cannot be read")
    switch error {
    case YamlError.scanner(let context, let problem, let mark, _),
      YamlError.parser(let context, let problem, let mark, _):
      (line, column) = (mark.line, mark.column)
      message = context.map { "\(problem) (\($0.text), line \($0.mark.line))" } ?? problem
      if context?.text == "while scanning a tag" { message += "; a text that starts with '!' needs quotes" }
      if context?.text == "while scanning an alias" { message += "; a text that starts with '*' needs quotes" }
    case YamlError.composer(let context, let problem, let mark, _):
      (line, column) = (mark.line, mark.column)
      message = context == nil ? problem : "a second document starts here; expected only one in the file"
    case YamlError.reader(let problem, let offset, _, _):
      let before = text.prefix(offset ?? 0)
      line = 1 + before.count { $0.isNewline }
      column = 1 + before.reversed().prefix { !$0.isNewline }.count
      message = problem
    case YamlError.duplicatedKeysInMapping(let duplicates, let context):
      (line, column) = (context.mark.line, context.mark.column)
      message = "the key '\(duplicates.first ?? "")' stands more than once in this mapping"
    case YamlError.memory:
      message = "out of memory while reading the YAML"
    default:
      break
    }
    self.init(file: file, line: line, column: column, message: message)
  }
}
