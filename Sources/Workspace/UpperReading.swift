/// What a sandbox left in the upper folder of its overlay.
package struct UpperReading: Hashable, Sendable {
  /// Something that was not carried, or not as it was.
  package struct Skipped: Hashable, Sendable {
    package let path: TreePath
    package let reason: String

    package init(_ path: TreePath, _ reason: String) {
      self.path = path
      self.reason = reason
    }
  }

  /// What changed against the base.
  package let changes: Changes
  /// Files that are new, or not as in the base, whose contents were not wanted.
  package let unread: [TreePath]
  /// What was left out or altered, with the reason, in the order of the paths.
  ///
  /// Where something that can't be carried (a FIFO, a device, a file that is too large) stands in a base file's place, the
  /// base file is removed in ``changes`` as well: it is not there any more.
  package let skipped: [Skipped]
}
