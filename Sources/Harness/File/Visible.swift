extension String {
  /// The text with control characters and marks of writing direction spelled out: a harness file is a stranger's, and what it
  /// says must not move the cursor or hide a word where a user reads what they are about to trust.
  func visible(keepingLines: Bool = false) -> String {
    var text = ""
    for scalar in unicodeScalars {
      let control = scalar.value < 32 || (127..<160).contains(scalar.value)
      let direction = (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
      if scalar == "\n", keepingLines {
        text += "\n"
      } else if control || direction {
        text += scalar == "\n" ? "\\n" : "\\u{\(String(scalar.value, radix: 16))}"
      } else {
        text.unicodeScalars.append(scalar)
      }
    }
    return text
  }
}
