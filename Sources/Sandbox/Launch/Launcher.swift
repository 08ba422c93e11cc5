internal import CSandbox
internal import Glibc

/// What starts sandboxes: a small process of its own, or this very one.
///
/// A loop, and a program that uses the library, launch through a **launcher**: this binary executed again with an empty
/// environment, so that what runs inside can find nothing of the controller, and so that a launch costs the same however
/// large the controller is. `belljar run`, which holds nothing but its command line, launches by itself.
final class Launcher: Sendable {
  private let control: Descriptor
  private let process: Int32

  /// - Parameter keepsNetworks: Whether it keeps network namespaces for the next launches. It then can't give the host's.
  init(keepsNetworks: Bool) throws {
    var control: Int32 = -1
    process = belljar_spawn_launcher(keepsNetworks ? 1 : 0, &control)
    guard process > 0 else { throw SandboxError("start launcher", "/proc/self/exe", errno: errno) }
    self.control = Descriptor(control)
  }

  deinit {
    // The launcher ends with its socket, after everything that it launched.
    shutdown(control.number, Int32(SHUT_RDWR))
    while waitpid(process, nil, 0) < 0, errno == EINTR {}
  }

  /// Hands over a plan with its descriptors; what becomes of it is told over the session socket.
  func submit(_ plan: [UInt8], descriptors: [Int32]) throws {
    let fd = belljar_memfd("belljar-plan")
    guard fd >= 0 else { throw SandboxError("memfd_create", "plan", errno: errno) }
    defer { close(fd) }
    guard write(fd, plan, plan.count) == plan.count else { throw SandboxError("write", "plan", errno: errno) }
    guard belljar_submit(control.number, fd, descriptors, Int32(descriptors.count)) == 0 else {
      throw SandboxError("hand plan to", "launcher", errno: errno)
    }
  }
}
