internal import CSandbox
internal import Glibc

/// The standard streams of one sandbox: the program only ever gets pipes, /dev/null, or a terminal of its own.
final class Pipes {
  private(set) var inside: [Int32] = []
  /// Our end of stdin; nil where there is nothing (more) to write.
  private(set) var input: Int32?
  /// -1 where it goes to another program.
  let output: Int32
  /// -1 where a terminal carries both.
  let error: Int32
  private let terminal: Terminal?
  private(set) var pending: ArraySlice<UInt8> = []
  /// Where stdin is pumped from.
  private(set) var source: Int32?

  init(input: Sandbox.Input) throws {
    var made: [Int32] = []
    func pipe() throws -> (Int32, Int32) {
      var ends: [Int32] = [-1, -1]
      guard belljar_pipe(&ends) == 0 else {
        let number = errno
        for fd in made { close(fd) }
        throw SandboxError("pipe", "standard streams", errno: number)
      }
      made += ends
      return (ends[0], ends[1])
    }
    terminal = nil
    let out = try pipe()
    let error = try pipe()
    output = out.0
    self.error = error.0
    switch input {
    case .none:
      let null = open("/dev/null", O_RDONLY | O_CLOEXEC)
      guard null >= 0 else {
        let number = errno
        for fd in made { close(fd) }
        throw SandboxError("open", "/dev/null", errno: number)
      }
      inside = [null, out.1, error.1]
    case .bytes(let bytes):
      let ends = try pipe()
      inside = [ends.0, out.1, error.1]
      self.input = ends.1
      pending = bytes[...]
    case .descriptor(let fd):
      let ends = try pipe()
      inside = [ends.0, out.1, error.1]
      self.input = ends.1
      source = fd
    }
    // Owned by the program's user, so that it can open /dev/stdout and /dev/stderr anew.
    let identity = Identity.current
    if identity.privileged { for fd in inside.dropFirst() { fchown(fd, identity.user, identity.group) } }
    for fd in [output, self.error] + [self.input].compactMap({ $0 }) {
      _ = fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK)
    }
    if pending.isEmpty, source == nil { closeInput() }
  }

  init(terminal: Terminal) {
    self.terminal = terminal
    inside = [terminal.inner, terminal.inner, terminal.inner]
    // Two descriptors, as each side is closed by itself.
    output = fcntl(terminal.own, F_DUPFD_CLOEXEC, 3)
    input = fcntl(terminal.own, F_DUPFD_CLOEXEC, 3)
    error = -1
    source = terminal.outer
    _ = fcntl(output, F_SETFL, fcntl(output, F_GETFL) | O_NONBLOCK)
  }

  /// Standard streams that are ends of pipes to another program; only stderr is ours to read. Takes both over, also where it fails.
  init(joined input: Int32, output: Int32) throws {
    terminal = nil
    var ends: [Int32] = [-1, -1]
    guard belljar_pipe(&ends) == 0 else {
      let number = errno
      for fd in [input, output] { close(fd) }
      throw SandboxError("pipe", "standard streams", errno: number)
    }
    inside = [input, output, ends[1]]
    self.output = -1
    error = ends[0]
    let identity = Identity.current
    if identity.privileged { for fd in inside { fchown(fd, identity.user, identity.group) } }
    _ = fcntl(error, F_SETFL, fcntl(error, F_GETFL) | O_NONBLOCK)
  }

  deinit {
    closeInside()
    closeInput()
    if output >= 0 { close(output) }
    if error >= 0 { close(error) }
  }

  func closeInside() {
    if let terminal { terminal.closeInner() } else { for fd in inside { close(fd) } }
    inside = []
  }

  /// Once in a while: what nobody tells.
  func refresh() { terminal?.followSize() }

  var hasTerminal: Bool { terminal != nil }

  func closeInput() {
    if let input { close(input) }
    input = nil
    source = nil
    pending = []
  }

  /// Whether our end of stdin waits for room.
  var wantsToWrite: Bool { input != nil && !pending.isEmpty }

  /// Whether the source should be read.
  var wantsToRead: Bool { source != nil && input != nil && pending.isEmpty }

  func write() {
    guard let input else { return }
    let written = pending.withUnsafeBytes { retryingWrite(input, $0) }
    if written > 0 { pending = pending.dropFirst(written) }
    // The program has closed its stdin: what is left has no reader.
    if written < 0, errno != EAGAIN { closeInput() }
    if pending.isEmpty, source == nil { closeInput() }
  }

  func pump() {
    guard let source else { return }
    var piece = [UInt8](repeating: 0, count: 65536)
    let got = retrying { read(source, &piece, piece.count) }
    if got > 0 {
      pending = piece[0..<got]
      write()
    } else {
      closeInput()
    }
  }

  private func retryingWrite(_ fd: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
    retrying { belljar_write_quietly(fd, bytes.baseAddress, bytes.count) }
  }
}
