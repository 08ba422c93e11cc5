/// The attributes of an element that say anything about a case.
struct JUnitAttributes {
  var name = ""
  var classname = ""
  var message = ""
  var status = ""
  var result = ""

  /// Reads expat's list of names and values in turn, ended by NULL.
  init(_ list: UnsafeMutablePointer<UnsafePointer<CChar>?>?) {
    guard var next = list else { return }
    while let key = next[0], let value = next[1] {
      switch String(cString: key) {
      case "name": name = String(cString: value)
      case "classname": classname = String(cString: value)
      case "message": message = String(cString: value)
      case "status": status = String(cString: value)
      case "result": result = String(cString: value)
      default: break
      }
      next += 2
    }
  }

  /// What ctest and GoogleTest write on the case itself, with or without an element inside it.
  var outcome: TestOutcome {
    switch (status, result) {
    case ("fail", _), ("failed", _): .failed
    case ("notrun", _), ("disabled", _), ("skipped", _), (_, "skipped"), (_, "suppressed"): .skipped
    default: .passed
    }
  }
}
