/// What is wrong in a YAML file, and where.
package struct YAMLError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The file as the user named it.
  package let file: String
  /// The line, from 1.
  package let line: Int
  /// The column, from 1, in Unicode scalars.
  package let column: Int
  /// What was expected, and what was found.
  package let message: String

  package init(file: String, line: Int, column: Int, message: String) {
    self.file = file
    self.line = line
    self.column = column
    self.message = message
  }

  /// `belljar.yaml:12:5: message`, which editors and CI systems turn into a link.
  package var description: String { "\(file):\(line):\(column): \(message)" }
}
