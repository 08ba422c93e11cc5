import Glibc
import Testing

@testable import Sandbox

@Suite("The watch over a folder's disk budget", .serialized) struct DiskWatchTests {
  private let place = "/tmp/belljar-disk-watch-\(getpid())-\(UInt64.random(in: .min ... .max))"

  private func write(_ name: String, megabytes: Int) throws {
    let file = open("\(place)/\(name)", O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
    try #require(file >= 0)
    defer { close(file) }
    let bytes = [UInt8](repeating: 1, count: 1 << 20)
    for _ in 0..<megabytes { try #require(Glibc.write(file, bytes, bytes.count) == bytes.count) }
    #expect(fsync(file) == 0)
  }

  @Test("room that this process makes meanwhile is not credited to the run")
  func freed() throws {
    try #require(mkdir(place, 0o700) == 0)
    try #require(mkdir("\(place)/watched", 0o700) == 0)
    defer {
      for name in ["watched/file", "other"] { unlink("\(place)/\(name)") }
      rmdir("\(place)/watched")
      rmdir(place)
    }
    try write("other", megabytes: 64)
    let watch = DiskWatch(folder: "\(place)/watched", bytes: 8 << 20)
    FreedSpace.add(bytes: 64 << 20, files: 1)
    #expect(unlink("\(place)/other") == 0)
    #expect(!watch.isOver(below: -1))
    try write("watched/file", megabytes: 16)
    #expect(watch.isOver(below: -1))
  }
}
