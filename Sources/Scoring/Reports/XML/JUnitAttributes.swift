/// The attributes of an element that say anything about a case.
struct JUnitAttributes {
  var name = ""
  var classname = ""
  var message = ""
  var status = ""
  var result = ""
  var type = ""

  init(_ attributes: XMLAttributes) {
    attributes.visit { key, value in
      switch key {
      case "name": name = String(cString: value)
      case "classname": classname = String(cString: value)
      case "message": message = String(cString: value).boundedMessage
      case "status": status = String(cString: value)
      case "type": type = String(cString: value).boundedMessage
      case "result": result = String(cString: value)
      default: break
      }
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
