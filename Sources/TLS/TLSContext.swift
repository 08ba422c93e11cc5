internal import COpenSSL
internal import Glibc

/// What connections share: whom they trust, or what they prove who they are with. TLS 1.2 and 1.3, by OpenSSL.
///
/// Not changed once it is made, and OpenSSL counts its holders by itself (SSL_CTX_new(3), openssl-threads(7)): it may be used from
/// all threads.
package final class TLSContext: @unchecked Sendable {
  /// Whose signatures on certificates are believed.
  package enum Authorities: Sendable {
    /// The machine's own.
    case machine
    /// Those of a file in PEM.
    case file(String)
    /// Those of a text in PEM.
    case pem(String)
  }

  let pointer: OpaquePointer

  /// Where distributions keep the machine's authorities: Debian, Fedora, openSUSE, Alpine.
  private static let bundles = [
    "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
  ]

  /// No configuration of the machine is read: that may ask for modules, which a static program can't load.
  /// Nor is anything torn down as the program exits, beneath threads that still speak.
  private static let isReady: Bool =
    OPENSSL_init_ssl(UInt64(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT), nil) == 1

  /// For clients.
  ///
  /// - Parameters:
  ///   - authorities: Whom to trust.
  ///   - protocols: What will be spoken inside, by its registered name, such as `http/1.1` (RFC 7301).
  package init(authorities: Authorities = .machine, protocols: [String] = []) throws(TLSError) {
    pointer = try Self.make(TLS_client_method())
    SSL_CTX_set_verify(pointer, SSL_VERIFY_PEER, nil)
    switch authorities {
    case .machine: try trustMachine()
    case .file(let path): try trust(file: path)
    case .pem(let text):
      guard let store = SSL_CTX_get_cert_store(pointer) else { throw .last("make a store for certificates") }
      for certificate in try Self.certificates(text) {
        defer { X509_free(certificate) }
        guard X509_STORE_add_cert(store, certificate) == 1 else { throw .last("trust a certificate") }
      }
    }
    let names = protocols.flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) }
    // The one call here that answers 0 where all is well.
    guard names.isEmpty || SSL_CTX_set_alpn_protos(pointer, names, UInt32(names.count)) == 0 else {
      throw .last("offer \(protocols.joined(separator: ", "))")
    }
  }

  /// For servers, which take any protocol.
  ///
  /// - Parameters:
  ///   - certificate: In PEM.
  ///   - key: Its private key, in PEM.
  package init(certificate: String, key: String) throws(TLSError) {
    pointer = try Self.make(TLS_server_method())
    guard let own = try Self.certificates(certificate).first else { throw TLSError("the text holds no certificate") }
    defer { X509_free(own) }
    let secret = Self.reading(key) { PEM_read_bio_PrivateKey($0, nil, nil, nil) }
    guard let secret else { throw .last("read the private key") }
    defer { EVP_PKEY_free(secret) }
    guard SSL_CTX_use_certificate(pointer, own) == 1, SSL_CTX_use_PrivateKey(pointer, secret) == 1 else {
      throw .last("use the certificate and its key")
    }
  }

  deinit { SSL_CTX_free(pointer) }

  private static func make(_ method: OpaquePointer?) throws(TLSError) -> OpaquePointer {
    guard isReady, let context = SSL_CTX_new(method) else { throw .last("prepare OpenSSL") }
    SSL_CTX_ctrl(context, SSL_CTRL_SET_MIN_PROTO_VERSION, Int(TLS1_2_VERSION), nil)
    SSL_CTX_ctrl(context, SSL_CTRL_SET_SESS_CACHE_MODE, Int(SSL_SESS_CACHE_OFF), nil)
    // SSL_OP_NO_RENEGOTIATION and SSL_OP_NO_COMPRESSION (SSL_CTX_set_options(3)), whose macros Swift can't read.
    SSL_CTX_set_options(context, 1 << 30 | 1 << 17)
    // Keys of 112 bits and more; no SHA-1, no RC4 (SSL_CTX_set_security_level(3)).
    SSL_CTX_set_security_level(context, 2)
    return context
  }

  /// By a certificate's name where the machine keeps them so, since only the one that is needed is read then; a bundle of
  /// them all takes OpenSSL some milliseconds.
  private func trustMachine() throws(TLSError) {
    if Self.holdsHashes("/etc/ssl/certs"), SSL_CTX_load_verify_dir(pointer, "/etc/ssl/certs") == 1 { return }
    guard let bundle = Self.bundles.first(where: { access($0, R_OK) == 0 }) else {
      throw TLSError("this machine has no certificates of authorities (Debian's package ca-certificates)")
    }
    try trust(file: bundle)
  }

  private func trust(file: String) throws(TLSError) {
    guard SSL_CTX_load_verify_file(pointer, file) == 1 else { throw .last("read certificates from \(file)") }
  }

  /// Whether a folder has names such as `02265526.0`, as openssl-rehash(1) makes them.
  private static func holdsHashes(_ folder: String) -> Bool {
    guard let entries = opendir(folder) else { return false }
    defer { closedir(entries) }
    while let entry = readdir(entries) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
      if name.count == 10, name[8] == UInt8(ascii: "."), name[9] == UInt8(ascii: "0") { return true }
    }
    return false
  }

  /// To be freed by the caller.
  private static func certificates(_ text: String) throws(TLSError) -> [OpaquePointer] {
    let found = reading(text) { source in
      Array(sequence(state: ()) { _ in PEM_read_bio_X509(source, nil, nil, nil) })
    }
    guard let found, !found.isEmpty else { throw .last("read a certificate") }
    // The end of the text is an error to OpenSSL.
    ERR_clear_error()
    return found
  }

  private static func reading<Result>(_ text: String, _ read: (OpaquePointer) -> Result?) -> Result? {
    let bytes = Array(text.utf8)
    return bytes.withUnsafeBytes { bytes in
      guard let source = BIO_new_mem_buf(bytes.baseAddress, Int32(bytes.count)) else { return nil }
      defer { BIO_free(source) }
      return read(source)
    }
  }
}
