internal import Agents
internal import Harness
internal import Workspace

/// What an agent came up with.
enum Proposal: Sendable {
  /// Changes against the parent's tree. `key` names the point or the edit; it is empty where the agent has no such notion.
  case changes(Changes, key: String, note: String)
  /// A proposal that breaks a rule before it is evaluated.
  case rejected(String, note: String)
  /// The agent ended without changing anything.
  case nothing(String)
  /// The model would not do it.
  case refused(String)
  /// The agent itself failed.
  case failed(String)
  /// The account's limit is reached; nothing was tried.
  case limited(String, until: UsageLimitEnd?)
  /// The model's API takes no key: no further try would fare better.
  case noAccess(String)
  /// A search has nothing left to try.
  case exhausted
}

/// What is asked for one proposal.
struct Ask: Sendable {
  let number: Int
  let parent: Specimen
  let baseline: Specimen
  let history: [PastTry]
  /// What each step is told.
  let prompts: [String]
  /// What is known of why the champion's gates fail.
  let clues: [String]
  let seed: UInt64
}
