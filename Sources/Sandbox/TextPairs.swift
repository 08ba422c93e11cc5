/// A few texts by name, on the path of every start: a list, where a dictionary's generic type would cost more to look up for
/// the first time (100 microseconds) than all of a plan's searches.
package struct TextPairs: Equatable, ExpressibleByDictionaryLiteral {
  private(set) var all: [(name: String, value: String)] = []

  package init() {}

  package init(dictionaryLiteral elements: (String, String)...) {
    for (name, value) in elements { self[name] = value }
  }

  package var isEmpty: Bool { all.isEmpty }

  package subscript(name: String) -> String? {
    get {
      for pair in all where pair.name == name { return pair.value }
      return nil
    }
    set {
      for index in all.indices where all[index].name == name {
        if let newValue { all[index].value = newValue } else { all.remove(at: index) }
        return
      }
      if let newValue { all.append((name, newValue)) }
    }
  }

  /// Takes over another's, in place of its own of the same names.
  mutating func merge(_ other: TextPairs) {
    for (name, value) in other.all { self[name] = value }
  }

  /// By name.
  var sorted: [(name: String, value: String)] { all.sorted { $0.name < $1.name } }

  /// As `NAME=VALUE`, by name.
  var lines: [String] {
    var lines: [String] = []
    for (name, value) in sorted { lines.append("\(name)=\(value)") }
    return lines
  }

  package static func == (a: TextPairs, b: TextPairs) -> Bool { a.lines == b.lines }
}
