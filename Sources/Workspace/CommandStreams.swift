internal import Glibc

/// Our ends of a running command's three streams, served together so that no side waits for the other.
struct CommandStreams {
  private static let sendFlags = Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL)

  private var input: Descriptor?
  private var rest: ArraySlice<UInt8>
  private var output: Descriptor?
  private var errors: Descriptor?
  private(set) var stdout: [UInt8] = []
  private(set) var stderr: [UInt8] = []

  init(input: Descriptor, stdin: [UInt8], output: Descriptor, errors: Descriptor) {
    self.input = stdin.isEmpty ? nil : input
    rest = stdin[...]
    self.output = output
    self.errors = errors
  }

  /// Moves what can be moved, waiting at most a tenth of a second; false when the command's outputs have ended.
  mutating func serve(_ name: String) throws(WorkspaceError) -> Bool {
    guard output != nil || errors != nil else { return false }
    var waiting = [
      pollfd(fd: input?.number ?? -1, events: Int16(POLLOUT), revents: 0),
      pollfd(fd: output?.number ?? -1, events: Int16(POLLIN), revents: 0),
      pollfd(fd: errors?.number ?? -1, events: Int16(POLLIN), revents: 0),
    ]
    try FileSystemCalls.retrying("wait for", name) { poll(&waiting, 3, 100) }
    if waiting[0].revents != 0 { send() }
    if waiting[1].revents != 0, let ready = output, try !Self.receive(ready, &stdout) { output = nil }
    if waiting[2].revents != 0, let ready = errors, try !Self.receive(ready, &stderr) { errors = nil }
    return true
  }

  private mutating func send() {
    guard let input else { return }
    let count = rest.withUnsafeBytes {
      Glibc.send(input.number, $0.baseAddress, min($0.count, 1 << 20), Self.sendFlags)
    }
    if count >= 0 {
      rest = rest.dropFirst(count)
    } else if errno != EAGAIN, errno != EINTR {
      // The command reads no further, which is its right: its exit says what that means.
      rest = []
    }
    if rest.isEmpty { self.input = nil }
  }

  private static func receive(_ file: Descriptor, _ bytes: inout [UInt8]) throws(WorkspaceError) -> Bool {
    var failure: WorkspaceError?
    let piece = [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, count in
      do throws(WorkspaceError) {
        count = try file.read(into: UnsafeMutableRawBufferPointer(buffer))
      } catch {
        failure = error
        count = 0
      }
    }
    if let failure, failure.errorNumber != ECONNRESET { throw failure }
    bytes += piece
    return !piece.isEmpty
  }
}
