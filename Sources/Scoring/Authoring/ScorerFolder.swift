#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// One of a scorer's folders. Files are read whole, bounded, and never through a link, a pipe or a device: in a folder that a candidate
/// wrote, anything may have the name that a scorer asks for.
public struct ScorerFolder: Sendable {
  /// The most bytes that are read of one file, unless the caller says otherwise: 64 MiB.
  public static let usualSize = 64 << 20

  private let name: String
  private let path: String?
  private let isCandidates: Bool

  /// A folder by its path.
  ///
  /// - Parameters:
  ///   - name: What it is called in messages.
  ///   - isCandidates: Whether a file that can't be read is the candidate's fault: then reading throws a `Rejection`.
  public init(path: String, name: String, isCandidates: Bool = false) {
    self.path = path
    self.name = name
    self.isCandidates = isCandidates
  }

  init(_ variable: String, in environment: [String: String], isCandidates: Bool = false) {
    name = "$\(variable)"
    path = environment[variable]
    self.isCandidates = isCandidates
  }

  /// The bytes of a regular file.
  ///
  /// - Parameters:
  ///   - file: A path below the folder, such as `result.json`.
  ///   - most: The most bytes that it may have.
  /// - Throws: `Rejection` in a candidate's folder, else `ScorerError`: where it is missing, not a regular file, reached through a
  ///   link, or too large.
  public func bytes(_ file: String, most: Int = usualSize) throws -> [UInt8] {
    let descriptor = try opened(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, mode: 0)
    defer { close(descriptor) }
    var about = stat()
    guard fstat(descriptor, &about) == 0, about.st_mode & S_IFMT == S_IFREG else {
      throw fault(file, "it is not a regular file")
    }
    guard about.st_size <= most else { throw fault(file, "it has \(about.st_size) bytes, more than \(most)") }
    var bytes = [UInt8](repeating: 0, count: Int(about.st_size))
    var done = 0
    while done < bytes.count {
      let got = bytes.withUnsafeMutableBytes { read(descriptor, $0.baseAddress.map { $0 + done }, $0.count - done) }
      if got < 0, errno == EINTR { continue }
      guard got > 0 else { throw fault(file, got < 0 ? String(cString: strerror(errno)) : "it ends early") }
      done += got
    }
    return bytes
  }

  /// The text of a file; one that is no UTF-8 can't be read.
  public func text(_ file: String, most: Int = usualSize) throws -> String {
    guard let text = String(validating: try bytes(file, most: most), as: UTF8.self) else {
      throw fault(file, "it is not UTF-8")
    }
    return text
  }

  /// Writes a new file; only `prepare` can.
  public func write(_ bytes: [UInt8], to file: String) throws {
    let descriptor = try opened(file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode: 0o644)
    defer { close(descriptor) }
    var rest = bytes[...]
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { Self.put(descriptor, $0) }
      if written < 0, errno == EINTR { continue }
      guard written > 0 else { throw ScorerError("write \(name)/\(file): \(String(cString: strerror(errno)))") }
      rest = rest.dropFirst(written)
    }
  }

  /// Writes a text as a new file.
  public func write(_ text: String, to file: String) throws { try write(Array(text.utf8), to: file) }

  private static func put(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
    #if canImport(Glibc)
      Glibc.write(descriptor, bytes.baseAddress, bytes.count)
    #elseif canImport(Musl)
      Musl.write(descriptor, bytes.baseAddress, bytes.count)
    #else
      Darwin.write(descriptor, bytes.baseAddress, bytes.count)
    #endif
  }

  /// Opens what a path names, folder by folder, so that no part of it can be a link.
  private func opened(_ file: String, _ flags: Int32, mode: mode_t) throws -> Int32 {
    guard let path else { throw ScorerError("\(name) is not set: has the scorer a 'prepare'?") }
    let parts = file.split(separator: "/", omittingEmptySubsequences: false)
    guard let last = parts.last, !parts.contains(where: { $0.isEmpty || $0 == "." || $0 == ".." }) else {
      throw ScorerError("'\(file)' is no path below \(name)")
    }
    var folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard folder >= 0 else { throw ScorerError("open \(name) (\(path)): \(String(cString: strerror(errno)))") }
    defer { close(folder) }
    for part in parts.dropLast() {
      let next = openat(folder, String(part), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
      guard next >= 0 else { throw fault(file, Self.why(errno)) }
      close(folder)
      folder = next
    }
    let descriptor = openat(folder, String(last), flags, mode)
    guard descriptor >= 0 else { throw fault(file, Self.why(errno)) }
    return descriptor
  }

  private static func why(_ number: Int32) -> String {
    switch number {
    case ENOENT: "it is not there"
    case ELOOP, ENOTDIR: "a link or a file stands where a folder or file was expected"
    default: String(cString: strerror(number))
    }
  }

  private func fault(_ file: String, _ why: String) -> any Error {
    isCandidates ? Rejection("\(name)/\(file): \(why)") : ScorerError("\(name)/\(file): \(why)")
  }
}
