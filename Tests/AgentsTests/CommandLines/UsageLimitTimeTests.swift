import Testing

@testable import Agents

@Suite("When a usage limit ends") struct UsageLimitTimeTests {
  /// 2026-11-21 15:00:00 UTC; a Saturday.
  private static let now = 1_795_273_200.0
  private static let today = 1_795_219_200.0

  /// Texts that name a moment: day and minute from the beginning of today.
  private static let moments: [(text: String, day: Int, minute: Int)] = [
    ("You've hit your session limit · resets 3:30pm (UTC)", 0, 931),
    ("5-hour limit reached ∙ resets 3am", 1, 181),
    ("You've hit your weekly limit · resets Nov 25, 12am (UTC)", 4, 1),
    ("or try again at 4:10 PM.", 0, 971),
    ("or try again at 2:59 PM.", 1, 900),
    ("or try again at Nov 23rd, 2026 9:05 AM.", 2, 546),
    ("resets Jan 2, 1pm", 42, 781),
    ("You will regain access on 2027-01-01 at 00:00 UTC.", 41, 0),
    ("until 2026-11-22T10:20:30Z", 1, 620),
  ]

  @Test("moments in words, as UTC and rounded up", arguments: moments)
  func moment(text: String, day: Int, minute: Int) {
    let moment = Self.today + Double(day * 86400 + minute * 60)
    #expect(UsageLimitTime.read(text, now: Self.now) == .at(moment))
  }

  @Test("moments as numbers")
  func stamps() {
    #expect(UsageLimitTime.read("Claude AI usage limit reached|1735689600", now: Self.now) == .at(1_735_689_600))
    #expect(UsageLimitTime.read("limit|1735689600500", now: Self.now) == .at(1_735_689_600.5))
  }

  private static let intervals: [(text: String, seconds: Double)] = [
    ("Try again in 3 days 2 hours 5 minutes.", 266_700), ("Please try again in 1m30s.", 90),
    ("Please retry in 34.5s.", 34.5), ("try again in 20 seconds, please", 20), ("retry after 30", 30),
  ]

  @Test("intervals in words", arguments: intervals)
  func interval(text: String, seconds: Double) {
    #expect(UsageLimitTime.read(text, now: Self.now) == .after(seconds))
  }

  @Test(
    "what says no time is none",
    arguments: [
      "", "|", "|12", "usage limit", "resets soon", "try again later", "try again at noon", "resets 25pm",
      "try again in a while", "resets 99:99", "in 99999999999999999999 days", "2026-99-99", "resets Foo 3, 3",
      "try again in 999999999 days", "resets Nov", "|99999999999999999999999999999",
    ])
  func silent(text: String) {
    #expect(UsageLimitTime.read(text, now: Self.now) == nil)
  }
}
