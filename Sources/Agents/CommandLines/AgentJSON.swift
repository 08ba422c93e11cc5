internal import Scoring

extension StrictJSON {
  /// The value written as JSON again, without spaces; nothing but its first characters where it is long.
  func written(most: Int = 16 << 10) -> String {
    var out = ""
    write(to: &out, most: most)
    return out.utf8.count > most ? String(out.prefix(most)) + "..." : out
  }

  private func write(to out: inout String, most: Int) {
    guard out.utf8.count <= most else { return }
    switch value {
    case .null: out += "null"
    case .bool(let flag): out += flag ? "true" : "false"
    case .number(let number):
      out += number == number.rounded() && abs(number) < 1e15 ? "\(Int(number))" : "\(number)"
    case .string(let text): out += Self.quoted(text)
    case .array(let items):
      out += "["
      for (index, item) in items.enumerated() {
        if index > 0 { out += "," }
        item.write(to: &out, most: most)
      }
      out += "]"
    case .object(let members):
      out += "{"
      for (index, member) in members.enumerated() {
        if index > 0 { out += "," }
        out += Self.quoted(member.name) + ":"
        member.value.write(to: &out, most: most)
      }
      out += "}"
    }
  }
}

/// A line of an agent's output.
enum AgentLine {
  case object(StrictJSON)
  /// Anything else, such as a warning.
  case other(String)

  /// Deeper than any of these streams goes, and shallow enough for the stack.
  private static let depth = 64

  init(_ line: [UInt8]) {
    guard line.first(where: { $0 != 0x20 && $0 != 0x09 }) == UInt8(ascii: "{"),
      let value = try? StrictJSON.read(line, depth: Self.depth), value.members != nil
    else {
      self = .other(String(decoding: line.prefix(4096), as: UTF8.self))
      return
    }
    self = .object(value)
  }

  /// What is kept of a line that can't be read as JSON: nothing of an empty one.
  static func event(ofOther text: String, seconds: Double) -> [TraceEvent] {
    text.allSatisfy(\.isWhitespace) ? [] : [TraceEvent(.message, seconds: seconds, text: text)]
  }
}
