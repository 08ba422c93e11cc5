internal import COpenSSL

/// Why a connection, or what it needs, can't be secured.
package struct TLSError: Error, Sendable, Equatable, CustomStringConvertible {
  package let description: String

  init(_ description: String) { self.description = description }

  /// What OpenSSL last said on this thread, which forgets it then.
  static func last(_ attempted: String) -> TLSError {
    let code = ERR_get_error()
    ERR_clear_error()
    guard code != 0, let reason = ERR_reason_error_string(code) else { return TLSError("\(attempted) failed") }
    return TLSError("\(attempted): \(String(cString: reason))")
  }
}
