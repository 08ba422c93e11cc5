/// A key that is known by how it begins, as its issuer made it findable.
struct KeyShape: Sendable {
  let label: String
  let prefix: [UInt8]
  /// Which bytes go on with it.
  let rest: ByteClass
  /// How many of these there are at least.
  let least: Int
  /// Whether the prefix alone is too common: then it must begin a word, and a digit must follow.
  let isCommon: Bool

  private init(
    _ label: String, _ prefix: String, _ least: Int, _ rest: ByteClass = .word, isCommon: Bool = false
  ) {
    self.label = label
    self.prefix = Array(prefix.utf8)
    self.rest = rest
    self.least = least
    self.isCommon = isCommon
  }

  /// By their first byte, the longer prefixes first.
  static let byFirstByte: [[KeyShape]] = {
    var shapes = [[KeyShape]](repeating: [], count: 256)
    for shape in all.sorted(by: { $0.prefix.count > $1.prefix.count }) {
      if let first = shape.prefix.first { shapes[Int(first)].append(shape) }
    }
    return shapes
  }()

  // Sources: the issuers' own documents, and GitHub's and GitLab's lists of secret scanning patterns.
  private static let all: [KeyShape] =
    [
      KeyShape("sk-ant key", "sk-ant-", 16),
      KeyShape("sk-proj key", "sk-proj-", 16), KeyShape("sk-svcacct key", "sk-svcacct-", 16),
      KeyShape("sk-admin key", "sk-admin-", 16), KeyShape("sk-or key", "sk-or-v1-", 16),
      KeyShape("sk key", "sk-", 20, isCommon: true),
      KeyShape("AIza key", "AIza", 30), KeyShape("ya29 token", "ya29.", 20, .dotted),
      KeyShape("GOCSPX secret", "GOCSPX-", 20),
      KeyShape("github_pat token", "github_pat_", 20), KeyShape("npm token", "npm_", 30, .alphanumeric),
      KeyShape("pypi token", "pypi-AgE", 30), KeyShape("hf token", "hf_", 30, .alphanumeric),
      KeyShape("gsk key", "gsk_", 40, .alphanumeric), KeyShape("xai key", "xai-", 40),
      KeyShape("pplx key", "pplx-", 40, .alphanumeric), KeyShape("r8 token", "r8_", 30, .alphanumeric),
      KeyShape("dop token", "dop_v1_", 40), KeyShape("SG key", "SG.", 50, .dotted),
      KeyShape("Stripe secret", "whsec_", 24, .alphanumeric), KeyShape("age key", "AGE-SECRET-KEY-1", 40),
      KeyShape("Slack hook", "hooks.slack.com/services/", 20, .token),
    ]
    + ["ghp", "gho", "ghu", "ghs", "ghr"].map { KeyShape("\($0) token", "\($0)_", 30, .alphanumeric) }
    + ["glpat", "gldt", "glrt", "glcbt", "glptt", "glft", "glsoat", "glagent"].map {
      KeyShape("\($0) token", "\($0)-", 16, .dotted)
    }
    + ["xoxb", "xoxp", "xoxa", "xoxr", "xoxs", "xoxe", "xoxc", "xoxd", "xapp"].map {
      KeyShape("\($0) token", "\($0)-", 10, .token)
    }
    + ["AKIA", "ASIA", "ABIA", "ACCA"].map { KeyShape("\($0) key", $0, 16, .uppercase) }
    + ["sk_live", "sk_test", "rk_live", "rk_test"].map { KeyShape("\($0) key", "\($0)_", 16, .alphanumeric) }
}

/// Kinds of bytes that keys are made of.
struct ByteClass: OptionSet, Sendable {
  let rawValue: UInt8

  static let digit = ByteClass(rawValue: 1)
  static let upper = ByteClass(rawValue: 2)
  static let lower = ByteClass(rawValue: 4)
  /// `-` and `_`.
  static let dash = ByteClass(rawValue: 8)
  static let dot = ByteClass(rawValue: 16)
  /// `~`, `+`, `/`, `=`.
  static let base64 = ByteClass(rawValue: 32)

  static let uppercase: ByteClass = [.digit, .upper]
  static let alphanumeric: ByteClass = [.digit, .upper, .lower]
  /// base64url.
  static let word: ByteClass = [.alphanumeric, .dash]
  static let dotted: ByteClass = [.word, .dot]
  /// token68 (RFC 9110, 11.2): what follows `Bearer`.
  static let token: ByteClass = [.dotted, .base64]

  private static let classes: [ByteClass] = (0..<256).map { byte in
    switch UInt8(byte) {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): .digit
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): .upper
    case UInt8(ascii: "a")...UInt8(ascii: "z"): .lower
    case UInt8(ascii: "-"), UInt8(ascii: "_"): .dash
    case UInt8(ascii: "."): .dot
    case UInt8(ascii: "~"), UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="): .base64
    default: []
    }
  }

  /// The class of a byte; empty for what is in no key.
  static func of(_ byte: UInt8) -> ByteClass { classes[Int(byte)] }

  func holds(_ byte: UInt8) -> Bool { !isDisjoint(with: Self.of(byte)) }
}
