internal import Digests

/// Seeds that nobody can know before they are used: a keyed digest of the loop's secret, the iteration and the pair.
///
/// A resumed loop has the same secret and so the same seeds.
struct Seeds {
  let secret: [UInt8]

  func seed(iteration: Int, pair: Int, purpose: String) -> UInt64 {
    var hasher = Hasher256(key: secret)
    hasher.update("\(purpose) \(iteration) \(pair)")
    return hasher.finish().number
  }
}
