/// One row of an answer, which stays as it is when the statement goes on.
package struct Row: Sendable {
  /// In the order of the query.
  package let columns: [String]
  package let values: [StoredValue]

  /// A column's value; nil where the query has no such column.
  package subscript(_ column: String) -> StoredValue? { columns.firstIndex(of: column).map { values[$0] } }

  /// A column's value as a type; nil where it is null, of another type or not there.
  package func read<Value: Storable>(_ column: String) -> Value? { self[column].flatMap { Value(stored: $0) } }
}
