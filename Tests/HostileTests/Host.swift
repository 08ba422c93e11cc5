import Foundation
import Testing

/// The machine outside of every sandbox.
enum Host {
  struct Process {
    var pid: Int32
    var command: String
  }

  /// The processes whose command line or environment holds a word.
  static func processes(marked mark: String) -> [Process] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    let word = Data(mark.utf8)
    return names.compactMap(Int32.init).filter { $0 != getpid() }.compactMap { pid in
      let line = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline") ?? Data()
      let variables = FileManager.default.contents(atPath: "/proc/\(pid)/environ") ?? Data()
      guard line.range(of: word) != nil || variables.range(of: word) != nil else { return nil }
      return Process(pid: pid, command: String(decoding: line.map { $0 == 0 ? 32 : $0 }, as: UTF8.self))
    }
  }

  /// Waits until something holds, at most this long; whether it did.
  static func waits(_ limit: Duration = .seconds(2), until condition: () -> Bool) -> Bool {
    let clock = ContinuousClock()
    let end = clock.now + limit
    while clock.now < end {
      if condition() { return true }
      usleep(10_000)
    }
    return condition()
  }

  /// The parent of a process (field 4 of /proc/PID/stat).
  static func parent(of pid: Int32) -> Int32? {
    guard let bytes = FileManager.default.contents(atPath: "/proc/\(pid)/stat") else { return nil }
    let text = String(decoding: bytes, as: UTF8.self)
    guard let end = text.lastIndex(of: ")") else { return nil }
    let fields = text[text.index(after: end)...].split(separator: " ")
    return fields.count > 1 ? Int32(fields[1]) : nil
  }

  /// Runs a shell script outside; its exit code and what it printed. Through a file, as a pipe could be held open.
  static func shell(_ script: String) throws -> (status: Int32, text: String) {
    let path = try Folders.make() + "/output"
    _ = FileManager.default.createFile(atPath: path, contents: nil)
    let shell = Foundation.Process()
    shell.executableURL = URL(filePath: "/bin/sh")
    shell.arguments = ["-c", script]
    let file = try #require(FileHandle(forWritingAtPath: path))
    shell.standardInput = FileHandle.nullDevice
    shell.standardOutput = file
    shell.standardError = file
    try shell.run()
    shell.waitUntilExit()
    let status = shell.terminationReason == .exit ? shell.terminationStatus : 128 + shell.terminationStatus
    return (status, String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self))
  }

  /// How much longer things may take here: as BELLJAR_SLOWNESS says (an emulated machine), and on one with other work by its
  /// load for each processor.
  static var slowness: Int {
    var load = [0.0]
    getloadavg(&load, 1)
    let processors = Double(max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))))
    let said = ProcessInfo.processInfo.environment["BELLJAR_SLOWNESS"].flatMap { Int($0) } ?? 1
    return max(said, min(8, Int(load[0] / processors)), 1)
  }

  /// Ends a test that this machine can't run. Said aloud: of one case of many the library itself says nothing.
  static func skip(_ reason: String) throws -> Never {
    FileHandle.standardError.write(Data("skipped: \(reason)\n".utf8))
    try Test.cancel("\(reason)")
  }

  /// The command line tool, as it was built beside these tests.
  static func belljar() throws -> String {
    let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    let path = URL(filePath: own).deletingLastPathComponent().appending(path: "belljar").path()
    if access(path, X_OK) != 0 { try skip("\(path) is not built; run 'swift build' first") }
    return path
  }
}
