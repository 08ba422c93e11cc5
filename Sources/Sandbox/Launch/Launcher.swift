internal import CSandbox
internal import Glibc

/// What starts sandboxes: a small process of its own.
///
/// A loop, and a program that uses the library, launch through a **launcher**: this binary executed again with an empty
/// environment, so that what runs inside can find nothing of the controller, and so that a launch costs the same however
/// large the controller is. `belljar run` holds nothing but its command line, so it forks instead, which takes no second start.
final class Launcher: Sendable {
  private let control: Descriptor
  let process: Int32
  /// Whether it keeps network namespaces for the next launches. It then can't give the host's.
  let keepsNetworks: Bool

  init(keepsNetworks: Bool) throws {
    self.keepsNetworks = keepsNetworks
    var control: Int32 = -1
    process = belljar_spawn_launcher(keepsNetworks ? 1 : 0, &control)
    guard process > 0 else { throw SandboxError("start launcher", "/proc/self/exe", errno: errno) }
    self.control = Descriptor(control)
  }

  /// A fork of this process, which must have one thread and hold no secrets: the one that was made before `main`, or a new one.
  init(forked: Void) throws {
    var control: Int32 = -1
    keepsNetworks = false
    let ahead = belljar_take_ahead(&control)
    var isVersion1 = false
    // Before there is a second process: a place among the cgroups may be had only while this one is alone in its own.
    if ahead == 0, case .v1? = Cgroups.shared?.version { isVersion1 = true }
    process = ahead > 0 ? ahead : belljar_fork_launcher(isVersion1 ? 1 : 0, &control)
    guard process > 0 else { throw SandboxError("start launcher", "by fork", errno: errno) }
    self.control = Descriptor(control)
  }

  /// Begins the launcher's end, after that of everything that it launched.
  func hangUp() { shutdown(control.number, Int32(SHUT_RDWR)) }

  deinit {
    hangUp()
    while waitpid(process, nil, 0) < 0, errno == EINTR {}
  }

  /// Hands over a plan with its descriptors; what becomes of it is told over the session socket.
  func submit(_ plan: [UInt8], descriptors: [Int32]) throws {
    let fd = belljar_memfd("belljar-plan")
    guard fd >= 0 else { throw SandboxError("memfd_create", "plan", errno: errno) }
    defer { close(fd) }
    guard write(fd, plan, plan.count) == plan.count else { throw SandboxError("write", "plan", errno: errno) }
    guard belljar_submit(control.number, fd, descriptors, Int32(descriptors.count)) == 0 else {
      throw Self.refusal(errno)
    }
  }

  private static func refusal(_ number: Int32) -> SandboxError {
    let refusal = SandboxError("hand plan to", "launcher", errno: number)
    guard number == ETOOMANYREFS else { return refusal }
    return SandboxError(
      "hand plan to", "launcher",
      "a program of this user has too many descriptors in flight; raise the hard limit (ulimit -Hn) over that of its budget, "
        + "or wait for its end")
  }
}
