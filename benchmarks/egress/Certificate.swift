import NIOSSL

/// A certificate for localhost, signed by itself, with its key. It protects nothing.
enum Certificate {
  static let certificate = """
    -----BEGIN CERTIFICATE-----
    MIIBxTCCAWugAwIBAgIUZH07IGbNN4jMydvjNVOAtXV5318wCgYIKoZIzj0EAwIw
    GDEWMBQGA1UEAwwNYmVsbGphciB0ZXN0czAgFw0yNjExMjExMjA2NTFaGA8yMTI2
    MTAyODEyMDY1MVowGDEWMBQGA1UEAwwNYmVsbGphciB0ZXN0czBZMBMGByqGSM49
    AgEGCCqGSM49AwEHA0IABBpqkvZcRtBw8Pti42pFhj7awC4F1hvnkj5u8/VRqJbH
    hhVTg68dJUtLxY24Kf3RnVJifMEXs329FgKGnbbj+uejgZAwgY0wHQYDVR0OBBYE
    FOfiI0b1dyEL6Tckx680E42HF2D5MB8GA1UdIwQYMBaAFOfiI0b1dyEL6Tckx680
    E42HF2D5MA8GA1UdEwEB/wQFMAMBAf8wOgYDVR0RBDMwMYIPYXBpLmV4YW1wbGUu
    Y29tgg0qLmV4YW1wbGUuY29tgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZIzj0EAwID
    SAAwRQIhAKnLXDgbb41gDH2xlKXR2kcnROJp8Ch5skloWHDpzZTBAiAdihAJDtp4
    NKTg6TeCHTvEKAd9PoLIqZqkXf/1nmGXPg==
    -----END CERTIFICATE-----
    """

  private static let key = """
    -----BEGIN PRIVATE KEY-----
    MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgPUbN7qKxd31j4YTH
    LeBiCFsQJvfq3wHy6zyFi1SIC0qhRANCAAQaapL2XEbQcPD7YuNqRYY+2sAuBdYb
    55I+bvP1UaiWx4YVU4OvHSVLS8WNuCn90Z1SYnzBF7N9vRYChp224/rn
    -----END PRIVATE KEY-----
    """

  static func server() throws -> NIOSSLContext {
    let configuration = TLSConfiguration.makeServerConfiguration(
      certificateChain: try NIOSSLCertificate.fromPEMBytes(Array(certificate.utf8)).map { .certificate($0) },
      privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(key.utf8), format: .pem)))
    return try NIOSSLContext(configuration: configuration)
  }

  static func client() throws -> NIOSSLContext {
    var configuration = TLSConfiguration.makeClientConfiguration()
    configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(certificate.utf8)))
    configuration.applicationProtocols = ["http/1.1"]
    return try NIOSSLContext(configuration: configuration)
  }
}
