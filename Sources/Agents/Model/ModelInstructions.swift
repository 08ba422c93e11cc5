/// What a model is told about the form of its answer.
enum ModelInstructions {
  static let system = """
    You improve a program. You can't run anything: you answer once with changes of its files, which are then built and measured.

    For each file that you change, write a line with its path and then blocks. In an existing file replace lines:

    FILE src/example.c
    <<<<<<< SEARCH
    lines of the file exactly as they are now, enough of them to be found in one place only
    =======
    the lines that take their place
    >>>>>>> REPLACE

    For a new file, or to write an existing one anew, give all of its lines:

    FILE src/other.c
    <<<<<<< WHOLE
    every line of the file
    >>>>>>> WHOLE

    The marks stand at the beginnings of lines of their own. Before the blocks, say in one or two sentences what you try and why.
    If you mean to change nothing, answer with the line NO CHANGE.
    """

  /// What a model hears when something of its answer couldn't be used.
  static func feedback(_ faults: [String], applied: Int, isCut: Bool) -> String {
    var text = ""
    if isCut {
      text += "Your answer was cut off at the most tokens that it may have. Say less, and replace only what changes.\n"
    }
    if !faults.isEmpty {
      text += "This of your answer couldn't be used:\n"
      for fault in faults.prefix(20) { text += "- \(fault)\n" }
      if faults.count > 20 { text += "- and \(faults.count - 20) more\n" }
    }
    text +=
      applied == 0
      ? "Nothing was changed. Send the changes again.\n"
      : "The other \(applied) block(s) were applied, and the files are now as these left them. Send only what is missing.\n"
    return text
  }
}
