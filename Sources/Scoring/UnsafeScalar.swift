extension Unicode.Scalar {
  /// Whether a terminal, or a reader's eye, could be misled by it: control characters and marks of writing direction.
  package var isUnsafe: Bool {
    value < 32 || (127..<160).contains(value) || (0x202a...0x202e).contains(value) || (0x2066...0x2069).contains(value)
  }
}
