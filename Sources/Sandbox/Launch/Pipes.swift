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
    terminal = nil
    // Read and write ends by turns: of stdout, of stderr, of stdin.
    var ends: [Int32] = [-1, -1, -1, -1, -1, -1]
    func made(_ pipes: Int) -> Bool {
      ends.withUnsafeMutableBufferPointer { room in
        guard let first = room.baseAddress else { return false }
        for index in 0..<pipes where belljar_pipe(first + index * 2) != 0 { return false }
        return true
      }
    }
    let isMade: Bool
    if case .none = input {
      ends[4] = made(2) ? open("/dev/null", O_RDONLY | O_CLOEXEC) : -1
      isMade = ends[4] >= 0
    } else {
      isMade = made(3)
    }
    guard isMade else {
      let number = errno
      for fd in ends where fd >= 0 { close(fd) }
      throw SandboxError("open", "standard streams", errno: number)
    }
    inside = [ends[4], ends[1], ends[3]]
    output = ends[0]
    error = ends[2]
    switch input {
    case .none: break
    case .bytes(let bytes):
      self.input = ends[5]
      pending = bytes[...]
    case .descriptor(let fd):
      self.input = ends[5]
      source = fd
    }
    // Owned by the program's user, so that it can open /dev/stdout and /dev/stderr anew.
    let identity = Identity.current
    if identity.privileged { for fd in [ends[1], ends[3]] { fchown(fd, identity.user, identity.group) } }
    for fd in [ends[0], ends[2], ends[5]] where fd >= 0 { _ = fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) }
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
    let piece = [UInt8](unsafeUninitializedCapacity: 65536) { room, count in
      count = max(0, retrying { read(source, room.baseAddress, room.count) })
    }
    if piece.isEmpty {
      closeInput()
    } else {
      pending = piece[...]
      write()
    }
  }

  private func retryingWrite(_ fd: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
    retrying { belljar_write_quietly(fd, bytes.baseAddress, bytes.count) }
  }
}
