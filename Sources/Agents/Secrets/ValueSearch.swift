/// Finds many values in one pass: an automaton after Aho and Corasick (1975), "Efficient string matching".
struct ValueSearch: Sendable {
  /// A node stands for a beginning of some pattern. The root is node 0.
  private struct Node {
    var byte: UInt8
    /// Children are a chain: few nodes but the root have more than one.
    var firstChild: Int32 = -1
    var sibling: Int32 = -1
    /// The longest end of this beginning that is itself a beginning.
    var fallback: Int32 = 0
    /// The longest pattern that ends here: its length, or 0, and whose it is.
    var length: Int32 = 0
    var label: Int32 = 0
  }

  private var nodes = [Node(byte: 0)]
  /// The root's children by their byte, as most bytes of a text are looked up there.
  private var roots = [Int32](repeating: -1, count: 256)
  private let labels: [String]

  init(_ values: [(label: String, value: String)]) {
    labels = values.map(\.label)
    for (index, value) in values.enumerated() {
      for form in ValueForms.forms(of: value.value) { add(form, Int32(index)) }
    }
    link()
  }

  /// Where values stand, in the order of their ends; none over another.
  func findings(in bytes: [UInt8]) -> [Finding] {
    var found: [Finding] = []
    if nodes.count == 1 { return found }
    var node: Int32 = 0
    for (index, byte) in bytes.enumerated() {
      node = step(from: node, byte)
      let length = Int(nodes[Int(node)].length)
      if length == 0 { continue }
      var finding = Finding(
        start: index + 1 - length, end: index + 1, label: labels[Int(nodes[Int(node)].label)], isValue: true)
      while let last = found.last, last.end > finding.start {
        // The longer of the two says whose it is.
        if last.end - last.start > length { finding.label = last.label }
        finding.start = min(finding.start, last.start)
        found.removeLast()
      }
      found.append(finding)
    }
    return found
  }

  private mutating func add(_ pattern: [UInt8], _ label: Int32) {
    var node: Int32 = 0
    for byte in pattern {
      if let next = child(of: node, byte) {
        node = next
        continue
      }
      let new = Int32(nodes.count)
      nodes.append(Node(byte: byte, sibling: nodes[Int(node)].firstChild))
      nodes[Int(node)].firstChild = new
      if node == 0 { roots[Int(byte)] = new }
      node = new
    }
    nodes[Int(node)].length = Int32(pattern.count)
    nodes[Int(node)].label = label
  }

  /// Fallbacks from the root down, so that shorter beginnings have theirs first.
  private mutating func link() {
    var waiting = roots.filter { $0 >= 0 }
    var next = 0
    while next < waiting.count {
      let node = waiting[next]
      next += 1
      let (fallback, length) = (nodes[Int(node)].fallback, nodes[Int(node)].length)
      if length == 0, node != fallback {
        nodes[Int(node)].length = nodes[Int(fallback)].length
        nodes[Int(node)].label = nodes[Int(fallback)].label
      }
      var child = nodes[Int(node)].firstChild
      while child >= 0 {
        nodes[Int(child)].fallback = step(from: fallback, nodes[Int(child)].byte)
        waiting.append(child)
        child = nodes[Int(child)].sibling
      }
    }
  }

  private func step(from start: Int32, _ byte: UInt8) -> Int32 {
    var node = start
    while true {
      if let next = child(of: node, byte) { return next }
      if node == 0 { return 0 }
      node = nodes[Int(node)].fallback
    }
  }

  private func child(of node: Int32, _ byte: UInt8) -> Int32? {
    if node == 0 {
      let root = roots[Int(byte)]
      return root >= 0 ? root : nil
    }
    var child = nodes[Int(node)].firstChild
    while child >= 0 {
      if nodes[Int(child)].byte == byte { return child }
      child = nodes[Int(child)].sibling
    }
    return nil
  }
}
