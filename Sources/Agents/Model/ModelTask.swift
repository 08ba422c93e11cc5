package import Workspace

/// What a model is asked to change.
package struct ModelTask: Sendable {
  /// The loop's own prompt: the goal, the surface, the scores, the last tries.
  package var prompt: String
  /// The tree that it starts from.
  package var tree: Tree
  package var surface: Surface
  /// The editable files as they are, but those that are too large to be source code.
  package var contents: [TreePath: [UInt8]]

  package init(prompt: String, tree: Tree, surface: Surface, contents: [TreePath: [UInt8]]) {
    self.prompt = prompt
    self.tree = tree
    self.surface = surface
    self.contents = contents
  }

  /// A file that is text: UTF-8 without a NUL.
  static func text(_ bytes: [UInt8]) -> String? {
    guard !bytes.contains(0) else { return nil }
    return String(validating: bytes, as: UTF8.self)
  }
}

/// The files of a task as a model is shown them.
struct ShownFiles {
  /// As a part of a prompt.
  let text: String
  /// The task with those files alone that are shown: no other can be changed unseen.
  let task: ModelTask

  /// - Parameter most: Bytes of all files together; the smallest come first, so that as many as possible are shown.
  init(_ task: ModelTask, most: Int) {
    var texts: [TreePath: String] = [:]
    var left: [(path: TreePath, why: String)] = []
    var used = 0
    for (path, bytes) in task.contents.sorted(by: { ($0.value.count, $0.key) < ($1.value.count, $1.key) }) {
      guard let text = ModelTask.text(bytes), Self.isPlain(path) else {
        left.append((path, "not text"))
        continue
      }
      guard used + bytes.count <= most else {
        left.append((path, "\(bytes.count) bytes, for which there is no room"))
        continue
      }
      used += bytes.count
      texts[path] = text
    }
    for item in task.tree.items where task.surface.isEditable(item.path) && task.contents[item.path] == nil {
      if case .symlink = item.entry.kind {
        left.append((item.path, "a link"))
      } else {
        left.append((item.path, "\(item.entry.size) bytes, too large"))
      }
    }
    var shown = ""
    for (path, text) in texts.sorted(by: { $0.key < $1.key }) {
      shown += "FILE \(path)\n<<<<<<< WHOLE\n\(text)"
      if text.utf8.last != UInt8(ascii: "\n"), !text.isEmpty { shown += "\n" }
      shown += ">>>>>>> WHOLE\n\n"
    }
    if texts.isEmpty { shown += "There is no text file yet that may be changed.\n" }
    if !left.isEmpty {
      shown += "Not shown, and not to be changed:\n"
      for one in left.sorted(by: { $0.path < $1.path }).prefix(100) { shown += "- \(one.path): \(one.why)\n" }
      if left.count > 100 { shown += "- and \(left.count - 100) more\n" }
    }
    self.text = shown
    var task = task
    task.contents = task.contents.filter { texts[$0.key] != nil }
    self.task = task
  }

  /// Whether the path stands in a prompt as it is.
  private static func isPlain(_ path: TreePath) -> Bool { Array("\(path)".utf8) == path.bytes }
}
