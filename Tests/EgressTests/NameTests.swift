import Egress
import Testing

@Suite("Names and addresses") struct NameTests {
  @Test(
    "addresses in any form are no names",
    arguments: [
      "127.0.0.1", "127.1", "2130706433", "0x7f000001", "0x7f.1", "[::1]", "::1", "1.2.3.4.", "example.0x1f", "a.b.7",
    ])
  func literals(text: String) { #expect(throws: HostName.Fault.address) { try HostName(text) } }

  @Test(
    "what no name looks like is refused",
    arguments: [
      "", ".", "a..b", "-a.com", "a-.com", "ex ample.com", "exämple.com", "a/b", "a@b", "a\u{0}b",
      "\(String(repeating: "a", count: 64)).com",
    ])
  func malformed(text: String) { #expect(throws: HostName.Fault.malformed) { try HostName(text) } }

  @Test("a name is compared in lower case and without its last dot")
  func normal() throws { #expect(try HostName("API.Example.COM.").text == "api.example.com") }

  @Test(
    "addresses that aren't public",
    arguments: [
      "0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "169.254.169.254", "172.31.255.255", "192.0.0.8", "192.168.1.1",
      "198.19.0.1", "203.0.113.5", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::", "::1", "::ffff:8.8.8.8",
      "64:ff9b::808:808",
      "fe80::1", "fc00::1", "fd12::1", "ff02::1", "2001:db8::1", "2001::1", "2002:7f00:1::1", "3fff::1",
    ])
  func notPublic(text: String) throws { #expect(try #require(IPAddress(text)).isPublic == false) }

  @Test(
    "addresses that are public",
    arguments: [
      "8.8.8.8", "100.63.255.255", "100.128.0.1", "172.15.0.1", "172.32.0.1", "192.167.1.1", "223.255.255.255",
      "2606:4700::1111", "2a00:1450:4001::1", "2001:4860:4860::8888", "3ffe::1",
    ])
  func isPublic(text: String) throws { #expect(try #require(IPAddress(text)).isPublic) }

  @Test(
    "a pattern that can't be meant is an error that says what can",
    arguments: [
      "10.0.0.1", "*", "*.", "http://x.com", "x.com:0", "x.com:99999", "x.*.com", "[::1]:443",
    ])
  func patterns(text: String) {
    let error = #expect(throws: EgressError.self) { try HostPattern(text) }
    #expect(error?.description.contains(text) == true)
  }

  @Test("a base URL has a scheme, a host, perhaps a port and a path")
  func bases() throws {
    #expect(try BaseURL("http://localhost:11434/v1/").description == "http://localhost:11434/v1")
    #expect(try BaseURL("https://[2606:4700::1111]:8443").description == "https://[2606:4700::1111]:8443")
    #expect(try BaseURL("https://API.example.com").description == "https://api.example.com")
    for wrong in ["api.example.com", "ftp://x.com", "http://", "http://a@b.com", "http://x.com?y", "http://x.com:0"] {
      #expect(throws: EgressError.self, "\(wrong)") { try BaseURL(wrong) }
    }
  }
}
