internal import Yams

extension YAMLValue {
  /// The value as YAML text, in the file's order and without its comments.
  ///
  /// - Parameter leavesOut: Whether the value at a path, such as `scorers[1]`, is left out.
  package func text(leavingOut leavesOut: (_ path: String) -> Bool) throws -> String {
    try Yams.serialize(node: node(leavesOut), indent: 2, width: -1, allowUnicode: true)
  }

  private func node(_ leavesOut: (String) -> Bool) -> Node {
    switch content {
    case .scalar(let text, let plain):
      return Node(text, Tag(.implicit), plain ? .any : .doubleQuoted)
    case .list(let items):
      return Node(items.filter { !leavesOut($0.path) }.map { $0.node(leavesOut) })
    case .mapping(let entries):
      return Node(
        entries.filter { !leavesOut($0.value.path) }.map { ($0.key.node(leavesOut), $0.value.node(leavesOut)) })
    }
  }
}
