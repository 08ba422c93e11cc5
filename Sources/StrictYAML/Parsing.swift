extension YAMLValue {
  /// Reads a YAML file's text: one document, without duplicate keys, tags or merge keys, and with few aliases.
  ///
  /// - Throws: `YAMLError` with the place of the first thing that is wrong; also for an empty file.
  package init(parsing text: String, file: String) throws(YAMLError) {
    var reader = try DocumentReader(text, file: file)
    self = try reader.document()
    guard !isNull else { throw error("the file is empty") }
  }
}

/// Makes values of a parser's events, and keeps nesting and aliases within bounds.
private struct DocumentReader {
  /// The most values after aliases are expanded.
  private static let mostValues = 100_000
  /// The deepest nesting of lists and mappings.
  private static let deepest = 100
  /// Tags that say what a value is anyway.
  private static let knownTags = ["!", "tag:yaml.org,2002:str", "tag:yaml.org,2002:seq", "tag:yaml.org,2002:map"]

  private let file: String
  private let events: YAMLEvents
  private var anchors: [String: YAMLValue] = [:]
  private var remaining = Self.mostValues
  private var depth = 0

  init(_ text: String, file: String) throws(YAMLError) {
    self.file = file
    events = try YAMLEvents(text, file: file)
  }

  mutating func document() throws(YAMLError) -> YAMLValue {
    guard try events.next().kind == .document else {
      throw YAMLError(file: file, line: 1, column: 1, message: "the file is empty")
    }
    let value = try value(try events.next(), path: "")
    let end = try events.next()
    guard end.kind == .end else {
      let message = "a second document starts here; expected only one in the file"
      throw YAMLError(file: file, line: end.line, column: end.column, message: message)
    }
    return value
  }

  private mutating func value(_ event: YAMLEvents.Event, path: String) throws(YAMLError) -> YAMLValue {
    var value = YAMLValue(file: file, line: event.line, column: event.column, path: path, content: .list([]))
    if case .alias(let name) = event.kind {
      guard let meant = anchors[name] else { throw events.error("found undefined alias", at: event) }
      return try copy(meant, path: path)
    }
    try count(value)
    // An unquoted `!src/x` of a list of patterns would otherwise quietly become an empty text.
    if let tag = event.tag, !Self.knownTags.contains(tag) {
      throw value.error(
        "'\(tag)' reads as a YAML tag, and tags are not read; for a text that starts with '!' use quotes")
    }
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.deepest else { throw value.error("nested deeper than \(Self.deepest)") }
    switch event.kind {
    case .scalar(let text, let plain):
      guard !text.utf8.contains(0) else { throw value.error("a NUL character is not allowed") }
      value.content = .scalar(text, plain: plain)
    case .list: value.content = .list(try items(path: path))
    case .mapping: value.content = .mapping(try entries(path: path))
    case .document, .alias, .close, .end: throw events.error("the YAML cannot be read", at: event)
    }
    // Only now: a value can't hold itself.
    if let anchor = event.anchor { anchors[anchor] = value }
    return value
  }

  private mutating func items(path: String) throws(YAMLError) -> [YAMLValue] {
    var items: [YAMLValue] = []
    while true {
      let event = try events.next()
      if event.kind == .close { return items }
      items.append(try value(event, path: "\(path)[\(items.count)]"))
    }
  }

  private mutating func entries(path: String) throws(YAMLError) -> [(key: YAMLValue, value: YAMLValue)] {
    var entries: [(key: YAMLValue, value: YAMLValue)] = []
    var lines: [String: Int] = [:]
    while true {
      let event = try events.next()
      if event.kind == .close { return entries }
      let key = try value(event, path: path)
      guard case .scalar(let name, let plain) = key.content else { throw key.expected("a name as the key") }
      if plain, name == "<<" { throw key.error("merge keys ('<<') are not read; write the entries out") }
      if let line = lines.updateValue(key.line, forKey: name) {
        throw key.error("the key '\(name)' stands more than once in this mapping, first in line \(line)")
      }
      entries.append((key, try value(try events.next(), path: Self.join(path, name))))
    }
  }

  /// What an alias stands for, with paths of its own place.
  private mutating func copy(_ value: YAMLValue, path: String) throws(YAMLError) -> YAMLValue {
    try count(value)
    var copied = YAMLValue(file: file, line: value.line, column: value.column, path: path, content: value.content)
    switch value.content {
    case .scalar: break
    case .list(let items):
      var copies: [YAMLValue] = []
      for item in items { copies.append(try copy(item, path: "\(path)[\(copies.count)]")) }
      copied.content = .list(copies)
    case .mapping(let entries):
      var copies: [(key: YAMLValue, value: YAMLValue)] = []
      for (key, value) in entries {
        let name = if case .scalar(let text, _) = key.content { text } else { "" }
        copies.append((try copy(key, path: path), try copy(value, path: Self.join(path, name))))
      }
      copied.content = .mapping(copies)
    }
    return copied
  }

  private mutating func count(_ value: YAMLValue) throws(YAMLError) {
    remaining -= 1
    guard remaining > 0 else { throw value.error("more than \(Self.mostValues) values; aliases expand too far") }
  }

  private static func join(_ path: String, _ name: String) -> String {
    let simple = name.unicodeScalars.allSatisfy {
      $0.isASCII && ($0.properties.isAlphabetic || ("0"..."9").contains($0) || $0 == "-" || $0 == "_")
    }
    let part = simple && !name.isEmpty ? name : YAMLValue.quoted(name)
    return path.isEmpty ? part : "\(path).\(part)"
  }
}
