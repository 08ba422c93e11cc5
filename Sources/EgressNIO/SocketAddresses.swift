internal import Egress
internal import NIOCore

extension IPAddress {
  func socketAddress(port: Int) throws -> SocketAddress {
    try SocketAddress(packedIPAddress: ByteBuffer(bytes: bytes), port: port)
  }
}
