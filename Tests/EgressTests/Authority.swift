import TestCertificate

extension Certificate {
  /// A file with the certificate alone.
  static func file(in folder: Folder) throws -> String { try folder.write("authority.pem", certificate + "\n") }
}
