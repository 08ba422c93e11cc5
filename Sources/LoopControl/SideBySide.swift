internal import CLinux
internal import Glibc
internal import Harness
internal import Sandbox
internal import Synchronization

/// Pieces of work side by side, a thread for each, while the caller's own thread hears what they tell.
///
/// Threads and no tasks: a piece waits in poll(2) for its sandbox, which would hold up a shared pool.
enum SideBySide {
  /// A piece; it may tell as much as it likes, from any thread, as long as it runs.
  typealias Piece<Word: Sendable, Answer: Sendable> =
    @Sendable (_ tell: @escaping @Sendable (Word) -> Void) throws -> Answer

  private enum Letter<Word: Sendable, Answer: Sendable>: Sendable {
    case word(Word)
    case answer(Int, Result<Answer, any Error>)
  }

  /// Runs all pieces to their ends, and returns when their threads are gone, with all that they held.
  ///
  /// - Parameter hearing: Is called on the caller's thread, for one word after the other.
  /// - Returns: How each piece ended, in their order.
  static func run<Word: Sendable, Answer: Sendable>(
    _ pieces: [Piece<Word, Answer>], hearing: (Word) -> Void
  ) throws -> [Result<Answer, any Error>] {
    let letters = try Letters<Letter<Word, Answer>>()
    var threads: [JoinedThread] = []
    defer { for thread in threads { thread.join() } }
    var answers: [Int: Result<Answer, any Error>] = [:]
    for (index, piece) in pieces.enumerated() {
      do {
        threads.append(
          try JoinedThread {
            let answer = Result { try piece { letters.put(.word($0)) } }
            letters.put(.answer(index, answer))
          })
      } catch {
        answers[index] = .failure(SandboxError("start a thread for", "a try", errno: error.errorNumber))
      }
    }
    while answers.count < pieces.count {
      switch letters.take() {
      case .word(let word)?: hearing(word)
      case .answer(let index, let answer)?: answers[index] = answer
      case nil: break
      }
    }
    return pieces.indices.compactMap { answers[$0] }
  }
}

/// What several threads hand to one, in the order in which it came. Whoever puts waits while 65,536 letters are unread.
private final class Letters<Letter: Sendable>: Sendable {
  private let waiting = Mutex<[Letter]>([])
  /// A byte for each letter: what the reader waits for.
  private let ends: (read: Int32, write: Int32)

  init() throws {
    var pair: [Int32] = [-1, -1]
    guard linux_pipe(&pair) == 0 else { throw SandboxError("make a pipe for", "tries side by side", errno: errno) }
    ends = (pair[0], pair[1])
  }

  deinit {
    close(ends.read)
    close(ends.write)
  }

  func put(_ letter: Letter) {
    waiting.withLock { $0.append(letter) }
    var byte: UInt8 = 0
    while write(ends.write, &byte, 1) < 0, errno == EINTR {}
  }

  /// Waits for the next letter; nil where a signal came first.
  func take() -> Letter? {
    var byte: UInt8 = 0
    guard read(ends.read, &byte, 1) == 1 else { return nil }
    return waiting.withLock { $0.isEmpty ? nil : $0.removeFirst() }
  }
}
