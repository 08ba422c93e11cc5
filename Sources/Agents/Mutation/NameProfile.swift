/// What the names of a function look like from outside, so that no array is tried for a count.
struct NameProfile {
  /// What stands before a name where it is declared: `int`, `char *`.
  private var types: [String: String] = [:]
  /// Names that are indexed or followed somewhere: arrays and pointers.
  private var indexed: Set<String> = []

  init(_ site: MutationSite, _ places: [Int]) {
    for place in places {
      let name = site.text(place)
      if ["[", "->", "."].contains(site.text(place + 1)) { indexed.insert(name) }
      var stars = 0
      var before = place - 1
      while before >= 0, site.text(before) == "*" {
        stars += 1
        before -= 1
      }
      guard before >= 0, types[name] == nil, site.tokens[before].kind == .word else { continue }
      let type = site.text(before)
      // A word before it is its type, or one like `let` that says nothing.
      let says = !Words.operators.contains(type) && !["let", "var", "val", "auto", "const", "mut"].contains(type)
      let isPointer = stars == 0 || site.tokens[before + 1].spaceBefore != site.tokens[before + stars].spaceAfter
      if says, isPointer { types[name] = type + String(repeating: "*", count: stars) }
    }
  }

  /// Whether one may stand where the other does: not where both types are known and differ, nor where one is an
  /// array and the other isn't.
  func couldBe(_ one: String, _ other: String) -> Bool {
    if let left = types[one], let right = types[other], left != right { return false }
    return indexed.contains(one) == indexed.contains(other)
  }
}
