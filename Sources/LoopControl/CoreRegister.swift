internal import CLinux
internal import Glibc
internal import Sandbox

/// Which processors the loops of this machine hold, whoever runs them: bytes of one file, one for each processor and each holder of it,
/// locked through the holder's open file (F_OFD_SETLK, fcntl(2)), so that the kernel releases them with the process.
///
/// The file can be read by everyone and written by nobody: read locks are enough, as whoever chooses has the file to itself
/// (flock(2)) meanwhile.
final class CoreRegister {
  /// Where the file lies: the first folder of these that lets us have one.
  static let places = ["/run/lock", "/var/lock", "/tmp"].map { "\($0)/belljar-cores.lock" }
  /// Holders of one processor that are told apart.
  private static let mostHolders = 64
  /// How long to wait for another that is choosing.
  private static let patience = 10.0

  private let path: String
  private let descriptor: Int32

  init(places: [String] = CoreRegister.places) throws {
    var failures: [String] = []
    for place in places {
      do {
        descriptor = try Self.open(place)
        path = place
        return
      } catch { failures.append("\(error)") }
    }
    throw SandboxError(
      "open register", places.joined(separator: ", "),
      failures.joined(separator: "; ") + "; remove the file, or make /run/lock writable")
  }

  deinit { close(descriptor) }

  private static func open(_ path: String) throws -> Int32 {
    // In a sticky folder, O_CREAT on another user's file is refused even to root (fs.protected_regular): so first without.
    let flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC
    var file = Glibc.open(path, flags)
    if file < 0, errno == ENOENT {
      file = Glibc.open(path, flags | O_CREAT | O_EXCL, 0o444)
      // Another process may have made it meanwhile.
      if file < 0, errno == EEXIST { file = Glibc.open(path, flags) }
    }
    guard file >= 0 else { throw SandboxError("open", path, errno: errno) }
    var about = stat()
    guard fstat(file, &about) == 0, about.st_mode & S_IFMT == S_IFREG else {
      close(file)
      throw SandboxError("open", path, "it is no regular file")
    }
    // Whatever the umask was: every user must be able to open it. Only its owner can say so, and has.
    if about.st_uid == geteuid(), about.st_mode & 0o444 != 0o444 { fchmod(file, 0o444) }
    return file
  }

  /// Takes processors until the register's end: those that the fewest others hold.
  ///
  /// - Returns: The processors in their order, and which of them others hold as well.
  func take(_ count: Int, of usable: [Int]) throws -> (cores: [Int], shared: [Int]) {
    try haveToItself()
    defer { flock(descriptor, LOCK_UN) }
    var held: [(core: Int, slots: [Bool])] = []
    for core in usable { held.append((core, try slots(of: core))) }
    let chosen = held.enumerated().sorted {
      let (left, right) = ($0.element.slots.count(where: \.self), $1.element.slots.count(where: \.self))
      return left == right ? $0.offset < $1.offset : left < right
    }.prefix(count).map(\.element)
    for (core, slots) in chosen {
      // Where all are taken it is shared by so many that one more makes no difference to anyone's choice.
      guard let free = slots.firstIndex(of: false) else { continue }
      guard linux_lock_byte(descriptor, Self.place(core, free)) == 0 else {
        throw SandboxError("lock", path, errno: errno)
      }
    }
    return (chosen.map(\.core).sorted(), chosen.filter { $0.slots.contains(true) }.map(\.core).sorted())
  }

  /// Which places of a processor's are taken.
  private func slots(of core: Int) throws -> [Bool] {
    try (0..<Self.mostHolders).map { slot in
      let answer = linux_is_byte_locked(descriptor, Self.place(core, slot))
      guard answer >= 0 else { throw SandboxError("look into", path, errno: errno) }
      return answer > 0
    }
  }

  private static func place(_ core: Int, _ slot: Int) -> off_t { off_t(core * mostHolders + slot) }

  private func haveToItself() throws {
    let began = Clock.seconds()
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      guard errno == EWOULDBLOCK || errno == EINTR else { throw SandboxError("lock", path, errno: errno) }
      guard Clock.seconds() - began < Self.patience else {
        throw SandboxError(
          "lock", path, "another process has held it for \(Int(Self.patience)) s; `fuser \(path)` names it")
      }
      usleep(1000)
    }
  }
}
