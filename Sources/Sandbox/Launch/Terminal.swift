internal import CSandbox
internal import Glibc

/// A terminal of the sandbox's own (pty(7)), joined to the caller's: what is typed there is read inside, in the size that it has.
///
/// The program gets the inner end only, in a session of its own, so there is no terminal of the caller's into which it could
/// push input (TIOCSTI).
final class Terminal {
  /// The caller's terminal.
  let outer: Int32
  /// Our end of the sandbox's.
  let own: Int32
  /// The program's end.
  private(set) var inner: Int32
  private let before: termios
  private var size = winsize()

  /// Takes over a terminal: what is typed goes through as it is, until `restore`.
  init(outer: Int32) throws {
    var settings = termios()
    guard tcgetattr(outer, &settings) == 0 else {
      throw SandboxError("use as a terminal", "descriptor \(outer)", errno: errno)
    }
    var inner: Int32 = -1
    let own = belljar_open_terminal(&inner)
    guard own >= 0 else { throw SandboxError("open terminal", "/dev/ptmx", errno: errno) }
    self.outer = outer
    self.own = own
    self.inner = inner
    before = settings
    tcsetattr(inner, TCSANOW, &settings)
    followSize()
    cfmakeraw(&settings)
    tcsetattr(outer, TCSADRAIN, &settings)
  }

  /// Gives the sandbox's terminal the size of the caller's, where that has changed: the program hears of it by SIGWINCH.
  func followSize() {
    var now = winsize()
    guard ioctl(outer, UInt(TIOCGWINSZ), &now) == 0 else { return }
    guard now.ws_col != size.ws_col || now.ws_row != size.ws_row else { return }
    size = now
    _ = ioctl(own, UInt(TIOCSWINSZ), &now)
  }

  /// Leaves the caller's terminal as it was.
  func restore() {
    var settings = before
    tcsetattr(outer, TCSADRAIN, &settings)
  }

  func closeInner() {
    if inner >= 0 { close(inner) }
    inner = -1
  }

  deinit {
    restore()
    closeInner()
    close(own)
  }
}
