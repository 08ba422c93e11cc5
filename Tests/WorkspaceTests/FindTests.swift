import CLinux
import Testing

@Suite("linux_find") struct FindTests {
  private func place(of word: [UInt8], in bytes: [UInt8]) -> Int? {
    bytes.withUnsafeBytes { bytes in
      word.withUnsafeBytes { word in
        guard let base = bytes.baseAddress, let wanted = word.baseAddress else { return nil }
        return linux_find(base, bytes.count, wanted, word.count).map { $0 - base }
      }
    }
  }

  @Test("it finds the first of a word's places, wherever that is, and none beyond the end") func places() {
    var random = SystemRandomNumberGenerator()
    var found = 0
    for size in 1...150 {
      for length in 1...40 {
        // Of few letters, so that many places look like the word's.
        let bytes = (0..<size).map { _ in UInt8.random(in: 97...98, using: &random) }
        let word = (0..<length).map { _ in UInt8.random(in: 97...98, using: &random) }
        let right = bytes.indices.first { bytes[$0...].starts(with: word) }
        #expect(place(of: word, in: bytes) == right)
        if right != nil { found += 1 }
        let tail = Array(bytes.suffix(length))
        let first = bytes.indices.first { bytes[$0...].starts(with: tail) }
        #expect(place(of: tail, in: bytes) == first)
      }
    }
    #expect(found > 500)
  }

  @Test("every byte can be looked for") func bytes() {
    let all = (0...255).map { UInt8($0) }
    for byte in all { #expect(place(of: [byte], in: all) == Int(byte)) }
    #expect(place(of: [255, 0], in: all) == nil)
  }
}
