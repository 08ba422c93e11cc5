/// Who answers a filter's questions while a sandbox runs (seccomp_unotify(2)).
protocol FilterListener: AnyObject {
  /// The listener's descriptor; -1 once it is closed.
  var descriptor: Int32 { get }
  /// Answers one call that waits.
  func answer()
  /// Closes the listener.
  func end()
}
