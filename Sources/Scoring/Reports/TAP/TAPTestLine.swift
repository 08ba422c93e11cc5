/// A line such as `not ok 3 - reads the file # TODO later`.
struct TAPTestLine {
  let isOK: Bool
  /// The number written; nil where none is.
  let number: Int?
  /// Without the leading dash, the directive and the escapes; may be empty.
  let description: String
  let directive: TAPDirective?

  /// nil: the line is no test line.
  init?(_ line: String) {
    var rest = Substring(line)
    let isNegated = rest.hasPrefix("not ok")
    isOK = !isNegated
    rest = rest.dropFirst(isNegated ? 6 : 2)
    guard isNegated || line.hasPrefix("ok"), rest.isEmpty || rest.first == " " || rest.first == "\t" else { return nil }
    rest = rest.trimmedStart
    let digits = rest.prefix { $0.isASCII && $0.isNumber }
    let afterDigits = rest.dropFirst(digits.count)
    if !digits.isEmpty, afterDigits.isEmpty || afterDigits.first == " " || afterDigits.first == "\t" {
      // A number that is too long for an Int is out of every plan.
      number = Int(digits) ?? Int.max
      rest = afterDigits.trimmedStart
    } else {
      number = nil
    }
    if rest == "-" || rest.hasPrefix("- ") { rest = rest.dropFirst().trimmedStart }
    let found = TAPDirective.split(rest)
    description = found.text
    directive = found.directive
  }

  var outcome: TestOutcome {
    switch directive {
    case .todo: .skipped
    case .skip: isOK ? .skipped : .failed
    case nil: isOK ? .passed : .failed
    }
  }

  func testCase(number: Int) -> TestCase {
    TestCase(
      name: (description.isEmpty ? "test \(number)" : description).boundedName, outcome: outcome,
      message: (directive?.reason ?? "").boundedMessage)
  }

  /// The N of `1..N`, with nothing but a comment behind it.
  static func plan(_ text: Substring) -> Int? {
    guard text.hasPrefix("1..") else { return nil }
    let digits = text.dropFirst(3).prefix { $0.isASCII && $0.isNumber }
    let behind = text.dropFirst(3 + digits.count).trimmedStart
    return behind.isEmpty || behind.first == "#" ? Int(digits) : nil
  }
}

/// What may follow the `#` of a test line.
enum TAPDirective {
  case skip(reason: String)
  case todo(reason: String)

  var reason: String {
    switch self {
    case .skip(let reason), .todo(let reason): reason
    }
  }

  /// Parts a description from the directive behind its first `#` that has one. `\#` is a plain `#`.
  static func split(_ line: Substring) -> (text: String, directive: TAPDirective?) {
    var text = ""
    var index = line.startIndex
    while index < line.endIndex {
      let character = line[index]
      let next = line.index(after: index)
      if character == "\\", next < line.endIndex, line[next] == "#" || line[next] == "\\" {
        text.append(line[next])
        index = line.index(after: next)
        continue
      }
      if character == "#", let directive = TAPDirective(line[next...].trimmedStart) {
        return (String(Substring(text).trimmedEnd), directive)
      }
      text.append(character)
      index = next
    }
    return (String(Substring(text).trimmedEnd), nil)
  }

  /// Reads `SKIP reason` (also `skipped:`) or `TODO reason`, in any case.
  init?(_ text: Substring) {
    // A line may be all of '#', each of which asks: only where these four say so is the rest looked at.
    let start = text.prefix(4).lowercased()
    guard start == "skip" || start == "todo" else { return nil }
    if start == "todo" {
      let rest = text.dropFirst(4).drop(while: \.isPunctuation)
      guard rest.isEmpty || rest.first == " " || rest.first == "\t" else { return nil }
      self = .todo(reason: String(rest.trimmedStart.trimmedEnd))
    } else {
      let rest = text.drop { $0 != " " && $0 != "\t" }
      self = .skip(reason: String(rest.trimmedStart.trimmedEnd))
    }
  }
}

extension Substring {
  var trimmedStart: Substring { drop { $0 == " " || $0 == "\t" } }

  var trimmedEnd: Substring {
    var rest = self
    while let last = rest.last, last == " " || last == "\t" { rest.removeLast() }
    return rest
  }
}
