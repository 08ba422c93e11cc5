internal import Glibc
internal import Sandbox

extension SandboxError {
  /// What a system call answered, in words.
  init(_ action: String, _ subject: String, errno number: Int32) {
    self.init(action, subject, String(cString: strerror(number)))
  }
}
